import type { AddCommands } from './group.js';

export const addTuningCommands: AddCommands = () => {};
