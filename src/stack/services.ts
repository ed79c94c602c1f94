import { mongodbService } from './mongodb.js';
import { postgresService } from './postgres.js';
import { redisService } from './redis.js';
import type { Service } from './service.js';

/** In the order in which they start; they stop in the opposite one. */
export const SERVICES: readonly Service[] = [postgresService, redisService, mongodbService];
