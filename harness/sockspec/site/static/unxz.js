// sockspec: unpacks .xz, which browsers do not: streams, blocks, LZMA2
// (https://tukaani.org/xz/xz-file-format.txt, and the LZMA specification of the LZMA SDK).
"use strict";
globalThis.unxz = (() => {
  const MAGIC = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00];
  const CHECKS = { 0: 0, 1: 4, 4: 8 };  // by their number how long they are: none, CRC32, CRC64
  const MOST = 1 << 28;  // bytes that come of it

  // Where the probabilities of each kind of decision begin.
  const MATCH = 0, REP = 192, REP0 = 204, REP1 = 216, REP2 = 228, LONG = 240, SLOT = 432, SPECIAL = 688,
    ALIGN = 816, LENGTH = 832, REP_LENGTH = 1346, LITERAL = 1860;
  const LOW = 2, MIDDLE = 130, HIGH = 258;  // within those of a length

  const broken = (what) => new Error(`it is packed with xz, and ${what}: copy it again`);
  const CUT = "cut short", WRONG = "broken";
  const unknown = (what) => new Error(`it is packed with xz with ${what}, which this page does not read: unpack it with \`xz -d\` and choose what that makes`);

  class Output {
    constructor() { this.bytes = new Uint8Array(1 << 16); this.length = 0; this.start = 0; }

    room(more) {
      if (this.length + more > MOST) throw broken("larger than a run is");
      if (this.length + more <= this.bytes.length) return;
      const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.length + more));
      grown.set(this.bytes.subarray(0, this.length));
      this.bytes = grown;
    }
  }

  // One LZMA2 stream. `at` is where it reads, and after `run` where it ended.
  class Decoder {
    constructor(input, at, output) {
      this.input = input;
      this.at = at;
      this.output = output;
      this.probs = null;
      this.properties = false;
      this.dictionary = false;
    }

    byte() {
      if (this.at >= this.input.length) throw broken(CUT);
      return this.input[this.at++];
    }

    run() {
      for (let control = this.byte(); control; control = this.byte()) {
        if (control >= 0xe0 || control === 1) { this.output.start = this.output.length; this.dictionary = true; }
        if (!this.dictionary) throw broken(WRONG);
        if (control >= 0x80) this.packed(control);
        else if (control <= 2) this.plain();
        else throw broken(WRONG);
      }
    }

    plain() {
      const size = (this.byte() << 8) + this.byte() + 1;
      if (this.at + size > this.input.length) throw broken(CUT);
      this.output.room(size);
      this.output.bytes.set(this.input.subarray(this.at, this.at + size), this.output.length);
      this.output.length += size;
      this.at += size;
    }

    packed(control) {
      const size = ((control & 31) << 16) + (this.byte() << 8) + this.byte() + 1;
      const end = (this.byte() << 8) + this.byte() + 1;
      const reset = control >> 5 & 3;
      if (reset >= 2) this.set(this.byte());
      if (!this.properties) throw broken(WRONG);
      if (reset) this.reset();
      if (!this.probs) throw broken(WRONG);
      const stop = this.at + end;
      if (this.byte()) throw broken(WRONG);
      this.range = 0xffffffff;
      this.code = 0;
      for (let count = 0; count < 4; count += 1) this.code = (this.code << 8 | this.byte()) >>> 0;
      this.output.room(size);
      this.decode(this.output.length + size);
      if (this.at !== stop) throw broken(WRONG);
    }

    set(told) {
      if (told >= 225) throw broken(WRONG);
      this.lc = told % 9;
      this.lp = Math.floor(told / 9) % 5;
      this.pb = Math.floor(told / 45);
      if (this.lc + this.lp > 4) throw broken(WRONG);
      this.properties = true;
    }

    reset() {
      this.probs = new Uint16Array(LITERAL + (0x300 << this.lc + this.lp)).fill(1024);
      this.state = 0;
      this.reps = [0, 0, 0, 0];
    }

    bit(at) {
      const chance = this.probs[at];
      const bound = (this.range >>> 11) * chance;
      let is = 0;
      if (this.code < bound) {
        this.range = bound;
        this.probs[at] = chance + (2048 - chance >> 5);
      } else {
        this.range -= bound;
        this.code -= bound;
        this.probs[at] = chance - (chance >> 5);
        is = 1;
      }
      if (this.range < 0x1000000) this.more();
      return is;
    }

    more() {
      this.range = this.range << 8 >>> 0;
      this.code = (this.code << 8 | this.byte()) >>> 0;
    }

    direct(count) {
      let told = 0;
      for (let left = count; left; left -= 1) {
        this.range >>>= 1;
        const is = this.code >= this.range;
        if (is) this.code -= this.range;
        if (this.range < 0x1000000) this.more();
        told = told * 2 + is;
      }
      return told;
    }

    tree(at, bits) {
      let node = 1;
      for (let left = bits; left; left -= 1) node = node << 1 | this.bit(at + node);
      return node - (1 << bits);
    }

    reverse(at, bits) {
      let node = 1, told = 0;
      for (let place = 0; place < bits; place += 1) {
        const is = this.bit(at + node);
        node = node << 1 | is;
        told |= is << place;
      }
      return told;
    }

    length(at, place) {
      if (!this.bit(at)) return this.tree(at + LOW + place * 8, 3);
      if (!this.bit(at + 1)) return 8 + this.tree(at + MIDDLE + place * 8, 3);
      return 16 + this.tree(at + HIGH, 8);
    }

    distance(length) {
      const slot = this.tree(SLOT + Math.min(length, 3) * 64, 6);
      if (slot < 4) return slot;
      const bits = (slot >> 1) - 1;
      const base = (2 | slot & 1) * 2 ** bits;
      if (slot < 14) return base + this.reverse(SPECIAL + base - slot, bits);
      return base + this.direct(bits - 4) * 16 + this.reverse(ALIGN, 4);
    }

    literal(position) {
      const { bytes, length } = this.output;
      const before = position ? bytes[length - 1] : 0;
      const row = ((position & (1 << this.lp) - 1) << this.lc) + (before >> 8 - this.lc);
      const at = LITERAL + 0x300 * row;
      let node = 1;
      if (this.state >= 7) {
        let match = bytes[length - this.reps[0] - 1];
        while (node < 0x100) {
          const wanted = match >> 7 & 1;
          match <<= 1;
          const is = this.bit(at + (1 + wanted << 8) + node);
          node = node << 1 | is;
          if (is !== wanted) break;
        }
      }
      while (node < 0x100) node = node << 1 | this.bit(at + node);
      bytes[this.output.length++] = node;
      this.state = this.state < 4 ? 0 : this.state < 10 ? this.state - 3 : this.state - 6;
    }

    // What was there before, again: how much; 0 for a byte that is copied at once.
    again(place) {
      const { reps, state } = this;
      if (!this.bit(REP0 + state)) {
        if (!this.bit(LONG + (state << 4) + place)) {
          this.state = state < 7 ? 9 : 11;
          return 1;
        }
      } else {
        const which = !this.bit(REP1 + state) ? 1 : !this.bit(REP2 + state) ? 2 : 3;
        reps.unshift(...reps.splice(which, 1));
      }
      this.state = state < 7 ? 8 : 11;
      return this.length(REP_LENGTH, place) + 2;
    }

    decode(limit) {
      const { output } = this;
      while (output.length < limit) {
        const position = output.length - output.start;
        const place = position & (1 << this.pb) - 1;
        if (!this.bit(MATCH + (this.state << 4) + place)) {
          if (this.state >= 7 && this.reps[0] >= position) throw broken(WRONG);
          this.literal(position);
          continue;
        }
        let length;
        if (this.bit(REP + this.state)) length = this.again(place);
        else {
          const told = this.length(LENGTH, place);
          this.state = this.state < 7 ? 7 : 10;
          this.reps.pop();
          this.reps.unshift(this.distance(told));
          length = told + 2;
        }
        if (this.reps[0] >= position || output.length + length > limit) throw broken(WRONG);
        const { bytes } = output;
        for (let from = output.length - this.reps[0] - 1; length; length -= 1) bytes[output.length++] = bytes[from++];
      }
    }
  }

  // -- the stream around it -------------------------------------------------------------

  // A table of a CRC by its polynomial, as upper and lower half.
  function table(upper, lower) {
    const made = { upper: new Uint32Array(256), lower: new Uint32Array(256) };
    for (let at = 0; at < 256; at += 1) {
      let high = 0, low = at;
      for (let left = 8; left; left -= 1) {
        const odd = low & 1;
        low = low >>> 1 | high << 31;
        high >>>= 1;
        if (odd) { low ^= lower; high ^= upper; }
      }
      made.upper[at] = high;
      made.lower[at] = low;
    }
    return made;
  }

  const CRC32 = table(0, 0xedb88320);
  const CRC64 = table(0xc96c5795, 0xd7870f42);

  // The bytes of a checksum of a part of some bytes.
  function sum({ upper, lower }, bytes, size) {
    let high = size === 8 ? -1 : 0, low = -1;
    for (const byte of bytes) {
      const at = (low ^ byte) & 255;
      low = (low >>> 8 | high << 24) ^ lower[at];
      high = high >>> 8 ^ upper[at];
    }
    const told = [~low, ~low >>> 8, ~low >>> 16, ~low >>> 24, ~high, ~high >>> 8, ~high >>> 16, ~high >>> 24];
    return told.slice(0, size).map((each) => each & 255);
  }

  function number(input, at) {
    let told = 0, size = 1;
    for (let place = 0; ; place += 1) {
      if (at >= input.length) throw broken(CUT);
      if (place > 8) throw broken(WRONG);
      const byte = input[at++];
      told += (byte & 127) * size;
      size *= 128;
      if (byte < 128) return [told, at];
    }
  }

  const same = (input, at, bytes) => {
    if (at + bytes.length > input.length) throw broken(CUT);
    return bytes.every((each, place) => input[at + place] === each);
  };

  function block(input, begin, check, output) {
    const end = begin + (input[begin] + 1) * 4;
    if (!same(input, end - 4, sum(CRC32, input.subarray(begin, end - 4), 4))) throw broken(WRONG);
    const flags = input[begin + 1];
    let at = begin + 2, size = 0, id = 0;
    if (flags & 0x40) [, at] = number(input, at);
    if (flags & 0x80) [, at] = number(input, at);
    [id, at] = number(input, at);
    [size, at] = number(input, at);
    if (flags & 0x3f || id !== 0x21 || size !== 1) throw unknown("other filters than its own");
    const from = output.length;
    const decoder = new Decoder(input, end, output);
    decoder.run();
    at = decoder.at;
    while ((at - end) % 4) at += 1;
    if (check && !same(input, at, sum(check === 8 ? CRC64 : CRC32, output.bytes.subarray(from, output.length), check))) throw broken(WRONG);
    return at + check;
  }

  // What comes after the blocks: how large they are, once more, and the end.
  function footer(input, begin) {
    let [count, at] = number(input, begin + 1);
    for (; count; count -= 1) { [, at] = number(input, at); [, at] = number(input, at); }
    while ((at - begin) % 4) at += 1;
    if (!same(input, at, sum(CRC32, input.subarray(begin, at), 4))) throw broken(WRONG);
    if (!same(input, at + 14, [0x59, 0x5a])) throw broken(WRONG);
    return at + 16;
  }

  // The bytes that some bytes were before they were packed.
  return (input) => {
    const output = new Output();
    let at = 0;
    while (at < input.length) {
      if (!same(input, at, MAGIC)) throw broken(WRONG);
      if (!same(input, at + 8, sum(CRC32, input.subarray(at + 6, at + 8), 4))) throw broken(WRONG);
      const check = CHECKS[input[at + 7]];
      if (check === undefined) throw unknown("a checksum that is neither CRC32 nor CRC64");
      at += 12;
      while (input[at]) at = block(input, at, check, output);
      at = footer(input, at);
      while (at % 4 === 0 && at < input.length && input[at] === 0) at += 4;
    }
    return output.bytes.subarray(0, output.length);
  };
})();
