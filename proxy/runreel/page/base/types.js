/**
 * The documents of the API (docs/inspector-api.md), as the page reads them.
 *
 * @typedef {object} RecordingsDocument
 * @property {string} version
 * @property {string} [instance] another one after each start of the server
 * @property {string} mode
 * @property {boolean} live
 * @property {number} [workers] processes of the server
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
 * @property {number[] | null} spark
 * @property {boolean} [is_read] false: the answer is not read yet, and what it says is null
 * @property {string | null} [damage] why its answer cannot be read
 * @property {string | number | null} [miss] the id of its miss
 *
 * @typedef {Row & {began: number, slices: number[]}} CallRow a call under way, or one without an
 *   exchange; `began` is on the clock of performance.now(), `slices` are bytes by quarters of a second
 *
 * @typedef {object} ExchangesPage
 * @property {Row[]} rows
 * @property {string | null} next
 * @property {number} searched
 * @property {number | null} total
 * @property {number | null} matched
 * @property {number} [unread] answers that are not read yet
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
 * @typedef {{count: number, p50: number | null, p95: number | null, max: number | null}} Distribution
 *
 * @typedef {Record<string, any> & {
 *   calls: number, streamed: number, errors: Record<string, number>, stalls: number, events: number,
 *   bytes: number, repeated: number, duration_us: Distribution, time_to_first_chunk_us: Distribution,
 *   gap_us: Distribution, tokens: {input: number | null, cached: number | null,
 *     output: number | null, reasoning: number | null, total: number | null, calls: number}
 * }} StatsGroup also has the members that it is grouped by
 *
 * @typedef {object} StatsDocument
 * @property {string[]} by
 * @property {StatsGroup[]} groups
 * @property {StatsGroup} [total]
 * @property {{recording?: string, cassette: string, exchange: number, operation: string, bytes: number}[]} largest
 *
 * @typedef {{event: number, at_us: number, block: number}} StreamPlace
 *
 * @typedef {object} DiffChange
 * @property {string} part
 * @property {string} kind
 * @property {string} verdict
 * @property {string} path
 * @property {string} label
 * @property {string} from
 * @property {string} to
 * @property {[operation: string, text: string][] | null} [spans]
 * @property {StreamPlace | null} left_place
 * @property {StreamPlace | null} right_place
 *
 * @typedef {object} DiffExchange
 * @property {number} left 0 for none
 * @property {number} right
 * @property {string} call
 * @property {string} verdict
 * @property {string[]} notes
 * @property {number} renamed
 * @property {DiffChange[]} changes
 *
 * @typedef {{recording: string, number: number | null, run: string | null}} DiffSide
 *
 * @typedef {object} DiffDocument
 * @property {string} verdict
 * @property {Record<string, number>} counts
 * @property {(DiffChange & {left: number, right: number, call?: string}) | null} first
 * @property {DiffExchange[]} exchanges
 * @property {Record<string, string>} renames
 * @property {DiffSide} left_side
 * @property {DiffSide} right_side
 *
 * @typedef {object} RunExchange times are microseconds since the run's first request
 * @property {Row} row
 * @property {number} begin_us
 * @property {number} end_us
 * @property {number | null} first_content_us
 * @property {number} lane
 *
 * @typedef {object} RunBlock
 * @property {number} number of its exchange
 * @property {boolean} is_request
 * @property {string} kind
 * @property {string} owner
 * @property {string} role
 * @property {string} name
 * @property {string} call_id
 * @property {string} text
 * @property {string} type
 * @property {boolean} [truncated]
 *
 * @typedef {object} RunDocument
 * @property {string} recording
 * @property {string} id
 * @property {string} name
 * @property {string | null} thread
 * @property {RunExchange[]} exchanges
 * @property {RunBlock[]} transcript
 * @property {{first_content_us: number | null, end_us: number}} timing
 * @property {{input_tokens: number | null, output_tokens: number | null} | null} usage
 *
 * @typedef {object} ServerEvent an event of the live stream
 * @property {string} type
 * @property {string} id
 * @property {any} data
 */

export {};
