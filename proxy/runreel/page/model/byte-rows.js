/** Bytes in one row of the hexadecimal view. */
export const HEX_ROW = 16;

/**
 * Return bytes as rows for people: offset, hexadecimal digits, and ASCII with dots for the rest.
 * @param {Uint8Array} bytes
 * @param {number} base offset of the first byte
 * @returns {{offset: number, hex: string, ascii: string}[]}
 */
export function formatHexRows(bytes, base) {
  const rows = [];
  for (let start = 0; start < bytes.length; start += HEX_ROW) {
    const part = bytes.subarray(start, start + HEX_ROW);
    const digits = Array.from(part, (byte) => byte.toString(16).padStart(2, "0"));
    rows.push({ offset: base + start, hex: joinDigits(digits), ascii: formatAscii(part) });
  }
  return rows;
}

/**
 * Return the bytes that hexadecimal digits stand for.
 * @param {string} digits
 */
export function parseHex(digits) {
  const bytes = new Uint8Array(digits.length >> 1);
  for (let at = 0; at < bytes.length; at += 1) {
    bytes[at] = parseInt(digits.slice(2 * at, 2 * at + 2), 16);
  }
  return bytes;
}

/** @param {string[]} digits */
function joinDigits(digits) {
  const half = HEX_ROW / 2;
  const halves = [digits.slice(0, half).join(" "), digits.slice(half).join(" ")];
  return halves.join("  ").padEnd(HEX_ROW * 3);
}

/** @param {Uint8Array} bytes */
function formatAscii(bytes) {
  return Array.from(bytes, (byte) =>
    byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "·",
  ).join("");
}
