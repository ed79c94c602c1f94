import type { AddCommands } from './group.js';

export const addDemoCommands: AddCommands = () => {};
