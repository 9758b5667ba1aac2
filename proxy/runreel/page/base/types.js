/**
 * The documents of the API (docs/inspector-api.md), as the page reads them.
 *
 * @typedef {object} RecordingsDocument
 * @property {string} version
 * @property {string} instance another one after each start of the server
 * @property {string} mode
 * @property {boolean} live
 * @property {boolean} [exported]
 * @property {RecordingEntry[]} recordings
 *
 * @typedef {object} RecordingEntry
 * @property {string} name
 * @property {"session" | "cassette"} kind
 * @property {string | null} cassette
 * @property {string | null} mode
 * @property {string | null} state
 * @property {number} exchanges
 * @property {number | null} bytes
 * @property {string | null} upstream
 * @property {string[]} damage
 *
 * @typedef {object} Row one exchange in the list
 * @property {string} recording
 * @property {number | null} number null while it is under way
 * @property {number | null} call its number at the server, while that runs
 * @property {string} session
 * @property {string} started
 * @property {number} after_us
 * @property {string} method
 * @property {string | null} target
 * @property {string} operation
 * @property {string} dialect
 * @property {string | null} run
 * @property {string | null} model
 * @property {number | null} status
 * @property {string | null} end
 * @property {string | null} ending
 * @property {boolean} is_alarm
 * @property {number | null} first_content_us
 * @property {number | null} duration_us
 * @property {number | null} bytes
 * @property {number | null} events
 * @property {number | null} input_tokens
 * @property {number | null} output_tokens
 * @property {string | null} outcome
 * @property {number} problems
 * @property {number} redactions
 * @property {number[]} spark
 * @property {string | null} [miss] the id of its miss
 *
 * @typedef {object} ExchangesPage
 * @property {Row[]} rows
 * @property {string | null} next
 * @property {number} searched
 * @property {number | null} total
 * @property {number | null} matched
 *
 * @typedef {object} FilterCheck
 * @property {boolean} ok
 * @property {string} [message]
 * @property {number} [offset]
 * @property {number} [length]
 * @property {string} [suggestion]
 * @property {string[]} [completions]
 *
 * @typedef {object} ByteRange
 * @property {number} from
 * @property {number} to
 * @property {number} size
 * @property {string} [text]
 * @property {string} [hex]
 *
 * @typedef {object} ServerEvent an event of the live stream
 * @property {string} type
 * @property {string} id
 * @property {any} data
 */

export {};
