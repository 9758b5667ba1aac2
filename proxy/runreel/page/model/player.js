/** Speeds that can be chosen. */
const SPEEDS = [0.25, 0.5, 1, 2, 4, 8];

/** The clock of a stream that is played: moments in microseconds since the request. */
export class Player {
  #onMoment;
  #frame = 0;
  #last = 0;
  atUs = 0;
  endUs = 0;
  speed = 1;
  isPlaying = false;

  /** @param {() => void} onMoment called whenever the moment or the state changes */
  constructor(onMoment) {
    this.#onMoment = onMoment;
  }

  /** @param {number} endUs */
  load(endUs) {
    this.pause();
    this.endUs = endUs;
    this.atUs = 0;
  }

  play() {
    if (this.isPlaying) return;
    if (this.atUs >= this.endUs) this.atUs = 0;
    this.isPlaying = true;
    this.#last = performance.now();
    this.#frame = requestAnimationFrame((now) => this.#tick(now));
    this.#onMoment();
  }

  pause() {
    cancelAnimationFrame(this.#frame);
    this.isPlaying = false;
    this.#onMoment();
  }

  toggle() {
    if (this.isPlaying) this.pause();
    else this.play();
  }

  /** @param {number} atUs */
  seek(atUs) {
    this.atUs = Math.max(0, Math.min(this.endUs, atUs));
    this.#onMoment();
  }

  /** @param {1 | -1} direction */
  changeSpeed(direction) {
    const index = Math.max(0, Math.min(SPEEDS.length - 1, SPEEDS.indexOf(this.speed) + direction));
    this.speed = SPEEDS[index] ?? 1;
    this.#onMoment();
  }

  /** @param {number} now */
  #tick(now) {
    this.atUs = Math.min(this.endUs, this.atUs + Math.max(0, now - this.#last) * 1000 * this.speed);
    this.#last = now;
    if (this.atUs >= this.endUs) this.pause();
    else {
      this.#frame = requestAnimationFrame((next) => this.#tick(next));
      this.#onMoment();
    }
  }
}
