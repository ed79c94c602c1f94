import type { AddCommands } from './group.js';

export const addAccountCommands: AddCommands = () => {};
