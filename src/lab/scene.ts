import type { Plan } from '../tuning/plan.js';

/** Something that happened on a server, in the order in which it happened. */
export type Scene =
  | { readonly kind: 'statement'; readonly session: string; readonly sql: string }
  | {
      readonly kind: 'rows';
      readonly session: string;
      readonly columns: readonly string[];
      /** As the server writes them; null for NULL. */
      readonly rows: readonly (readonly (string | null)[])[];
    }
  | {
      readonly kind: 'done';
      readonly session: string;
      /** `UPDATE 1` */
      readonly tag: string;
    }
  | {
      readonly kind: 'error';
      readonly session: string;
      /** SQLSTATE */
      readonly code: string;
      readonly message: string;
      readonly detail: string | null;
    }
  | { readonly kind: 'waits'; readonly session: string; readonly for: readonly string[] }
  | { readonly kind: 'plan'; readonly session: string; readonly plan: Plan }
  /** A command of another store, or what the application does between two of them. */
  | {
      readonly kind: 'command';
      readonly session: string;
      readonly store: string;
      readonly text: string;
      readonly reply: string;
    }
  | { readonly kind: 'remark'; readonly text: string };
