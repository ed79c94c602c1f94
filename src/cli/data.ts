import type { AddCommands } from './group.js';

export const addDataCommands: AddCommands = () => {};
