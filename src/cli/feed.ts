import type { AddCommands } from './group.js';

export const addFeedCommands: AddCommands = () => {};
