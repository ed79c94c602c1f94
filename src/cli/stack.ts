import type { AddCommands } from './group.js';

export const addStackCommands: AddCommands = () => {};
