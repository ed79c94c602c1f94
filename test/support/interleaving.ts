import type { KeyValue } from '../../src/stores/key-value.js';

/** Random numbers that come again with the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/**
 * Runs asynchronous actors in every order that chance may bring: each waits at its points until it
 * is chosen, one at a time, so that a seed gives the same run again.
 */
export class Interleaving {
  readonly random: () => number;
  private readonly waiting: (() => void)[] = [];
  private running = 0;
  /** Milliseconds of a clock of its own. */
  now = 0;

  constructor(seed: number) {
    this.random = randomOf(seed);
  }

  /** Whether something happens that happens with this probability. */
  chance(probability: number): boolean {
    return this.random() < probability;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[Math.floor(this.random() * items.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }

  /** A place where others may go first. */
  point(): Promise<void> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  start(actor: () => Promise<void>): void {
    this.running++;
    void (async () => {
      await this.point();
      await actor();
    })().then(
      () => this.running--,
      (error) => {
        this.failure ??= error;
        this.running--;
      },
    );
  }

  private failure: unknown;

  /** Goes on until every actor has come to its end. */
  async run(): Promise<void> {
    while (this.running > 0) {
      const at = Math.floor(this.random() * this.waiting.length);
      const [next] = this.waiting.splice(at, 1);
      if (!next) throw new Error('every actor waits for something that never comes');
      this.now += this.random() * 2;
      next();
      // Lets the chosen one run to its next point.
      await new Promise(setImmediate);
    }
    if (this.failure) throw this.failure;
  }
}

/** How a simulated Redis can go wrong. */
export interface Weather {
  /** The reply is lost, and the command may or may not have been carried out. */
  readonly lostReplies: number;
}

const TIMEOUT_POINTS = 12;

/** A Redis inside an interleaving: commands take effect at once, at some time between call and reply. */
export class SimulatedRedis implements KeyValue {
  private readonly keys = new Map<string, { value: string; expiresAt: number }>();

  constructor(
    private readonly world: Interleaving,
    private readonly weather: Weather,
  ) {}

  get = (key: string) => this.command(() => this.read(key));
  mget = (keys: readonly string[]) => this.command(() => keys.map((key) => this.read(key)));
  set = (key: string, value: string, ttlMs: number) =>
    this.command(() => this.write(key, value, ttlMs));
  setIfAbsent = (key: string, value: string, ttlMs: number) =>
    this.command(() => {
      if (this.read(key) !== null) return false;
      this.write(key, value, ttlMs);
      return true;
    });
  deleteIfEqual = (key: string, value: string) =>
    this.command(() => {
      if (this.read(key) === value) this.keys.delete(key);
    });

  /** Not of the protocol: what a naive writer would do. */
  delete = (key: string) => this.command(() => void this.keys.delete(key));

  evictOne(): void {
    if (this.keys.size > 0) this.keys.delete(this.world.pick([...this.keys.keys()]));
  }

  flushAll(): void {
    this.keys.clear();
  }

  private async command<T>(effect: () => T): Promise<T> {
    await this.world.point();
    const lost = this.world.chance(this.weather.lostReplies);
    const carriedOut = !lost || this.world.chance(0.7);
    const reply = carriedOut ? effect() : undefined;
    await this.world.point();
    if (!lost) return reply as T;
    // A time-out is long: whole commands of others go by.
    for (let at = 0; at < TIMEOUT_POINTS; at++) await this.world.point();
    throw new Error('Command timed out');
  }

  private read(key: string): string | null {
    const entry = this.keys.get(key);
    if (!entry || entry.expiresAt <= this.world.now) return null;
    return entry.value;
  }

  private write(key: string, value: string, ttlMs: number): void {
    this.keys.set(key, { value, expiresAt: this.world.now + ttlMs });
  }
}
