/** What can happen; the SQL functions of sql/migrations/0003_activity.sql write the same words. */
export const EVENT_TYPES = [
  'joined',
  'followed',
  'unfollowed',
  'posted',
  'commented',
  'liked',
  'unliked',
  'deleted',
] as const;

export type EventType = (typeof EVENT_TYPES)[number];

export interface Actor {
  readonly id: string;
  readonly name: string;
}

interface UserObject {
  readonly kind: 'user';
  readonly id: string;
  readonly name: string;
}

interface PostObject {
  readonly kind: 'post';
  readonly id: string;
  readonly author: Actor;
  /** The first 140 characters. */
  readonly excerpt: string;
  readonly tags: readonly string[];
}

interface CommentObject {
  readonly kind: 'comment';
  readonly id: string;
  /** The first 140 characters. */
  readonly excerpt: string;
  readonly post: { readonly id: string; readonly author: Actor };
}

/**
 * One change of the source of truth, told so that it can be read without it: names and excerpts are
 * those of the moment. The id follows from type, actor, object and time (`activity_event_id` in SQL),
 * so an event that is written twice is one event.
 */
export interface ActivityEvent {
  readonly id: string;
  /** Version of this form. */
  readonly v: 1;
  readonly type: EventType;
  /** When it happened: ISO 8601 in UTC with microseconds. */
  readonly at: string;
  readonly actor: Actor;
  readonly object: UserObject | PostObject | CommentObject;
}
