// Every limit of this client, with its unit and its effect.

/// Milliseconds before the first attempt to connect again; each further one waits twice as long.
export const FIRST_PAUSE = 250;
/// Milliseconds, the longest pause between two attempts.
export const LONGEST_PAUSE = 15_000;
/// Milliseconds without a frame after which the server is asked for a sign of life.
export const QUIET = 20_000;
/// Milliseconds more after which the connection counts as lost.
export const PATIENCE = 10_000;
/// Milliseconds in which a connection must open.
export const OPENING = 10_000;
/// Times that a request is sent again after 429 or 503 before the refusal is shown.
export const ATTEMPTS = 8;
/// Requests that wait for an answer; one more is refused here.
export const WAITING_CALLS = 500;
/// Milliseconds for which acknowledgements are gathered.
export const ACKNOWLEDGE_AFTER = 500;

/// Bytes of a frame that are left for all but the text of a message.
export const FRAME_ROOM = 1_024;

/// Messages of a page of history.
export const PAGE = 50;
/// Messages of a conversation that are kept in the page; beyond it the oldest are let go and read again when wanted.
export const KEPT_MESSAGES = 600;
/// Messages that are left then.
export const KEPT_AFTER_TRIM = 300;
/// Milliseconds for which marks are remembered, to be applied to a page of history that was read before them.
export const MARKS_LAST = 10_000;
/// Pixels from an end of the list at which the next page is read.
export const NEAR = 400;

/// Milliseconds between two words that one is typing; the server tells no more than one a second on.
export const TYPING_EVERY = 1_200;
/// Milliseconds for which somebody counts as typing.
export const TYPING_LASTS = 6_000;
/// Milliseconds that a note stays.
export const TOAST_LASTS = 6_000;
/// Milliseconds after the last key before a list is searched.
export const SEARCH_AFTER = 250;
/// Milliseconds between two messages of one author that are drawn as one block.
export const BLOCK = 5 * 60_000;
