import type { AddCommands } from './group.js';

export const addActivityCommands: AddCommands = () => {};
