/**
 * The documents of an exchange (docs/inspector-api.md), as its views read them.
 *
 * @typedef {[event: number, start: number, end: number, textStart: number, textEnd: number]} Piece
 *   a part of a block's text (in code points) and the bytes of the body that it was read from
 *
 * @typedef {object} Block
 * @property {number} number
 * @property {string} kind
 * @property {string} owner
 * @property {string} role
 * @property {string} name
 * @property {string} call_id
 * @property {string} text
 * @property {Piece[]} pieces
 * @property {string} type
 * @property {boolean} [truncated]
 *
 * @typedef {object} TimelineEvent
 * @property {number} number
 * @property {number} at_us
 * @property {number} gap_us
 * @property {number} offset
 * @property {number} length
 * @property {string | null} event
 * @property {string | null} data
 * @property {string} gist
 * @property {string} kind
 * @property {number[]} blocks
 * @property {boolean} [truncated]
 *
 * @typedef {object} EventsPage
 * @property {TimelineEvent[]} events
 * @property {number} total
 *
 * @typedef {object} Problem
 * @property {string} path
 * @property {string} message
 *
 * @typedef {object} Redaction
 * @property {string} rule
 * @property {string} where
 * @property {number} count
 *
 * @typedef {object} Body
 * @property {number} size
 * @property {string | null} omitted
 * @property {string} [text]
 * @property {string} [base64]
 * @property {boolean} [truncated]
 *
 * @typedef {object} Usage
 * @property {string} requested_model
 * @property {string} answered_model
 * @property {number | null} input_tokens
 * @property {number | null} cached_tokens
 * @property {number | null} output_tokens
 * @property {number | null} reasoning_tokens
 * @property {number | null} total_tokens
 *
 * @typedef {object} Timing
 * @property {number | null} first_byte_us
 * @property {number | null} first_content_us
 * @property {number | null} last_content_us
 * @property {number} end_us
 * @property {number[]} gaps_us
 * @property {number[]} stalls
 * @property {number} content_events
 * @property {boolean} is_token_per_event
 * @property {Record<string, number | null>} [gaps]
 *
 * @typedef {object} TraceDocument
 * @property {boolean} is_stream
 * @property {Record<string, string>} ids
 * @property {Block[]} conversation
 * @property {Block[]} blocks
 * @property {Usage} usage
 * @property {Timing} timing
 * @property {{is_alarm: boolean, error: string, status: string, terminal_event: number}} end
 * @property {Problem[]} problems
 *
 * @typedef {object} ExchangeDocument
 * @property {number} number
 * @property {string} session
 * @property {string} started
 * @property {string} dialect
 * @property {string} operation
 * @property {string} method
 * @property {string} target
 * @property {number | null} status
 * @property {string} end
 * @property {string} ending
 * @property {number} bytes
 * @property {number | null} events
 * @property {Problem[]} problems
 * @property {Redaction[]} redactions
 * @property {{headers: [string, string][], body: Body}} request
 * @property {{fields: Record<string, unknown>, unknown: Record<string, unknown>} | null} run
 * @property {{status: number | null, reason: string, headers: [string, string][], body: Body}} answer
 * @property {TraceDocument} trace
 *
 * @typedef {object} ExchangeLinks
 * @property {number | null} previous
 * @property {number | null} next
 * @property {string | null} run
 * @property {number} unread answers that are not read yet; until then `run` is not known
 *
 * @typedef {object} ExchangeFigures
 * @property {{p50_us: number, p95_us: number, max_us: number} | null} gaps
 * @property {{events_per_second: number | null, tokens_per_second: number | null, tokens_per_event: number | null} | null} rates
 * @property {number | null} first_event_us
 *
 * @typedef {object} ExchangeAnswer the answer of `/-/api/x/RECORDING/N`
 * @property {string} recording
 * @property {import("../base/types.js").Row | null} row
 * @property {ExchangeDocument} exchange
 * @property {ExchangeLinks} links
 * @property {ExchangeFigures} [figures]
 *
 * @typedef {"request" | "answer"} BodyPart
 *
 * @typedef {object} ByteSelection a range of a body, and what to mark in it
 * @property {BodyPart} part
 * @property {number} from
 * @property {number} to
 * @property {[number, number][]} marks
 * @property {string} label
 * @property {string | null} [json] the JSON text in the range, if there is one
 */

export {};
