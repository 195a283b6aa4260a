/* Reads columns of cell values; the other half of landuse/maps/cell_kernels.py, which explains it.
   All numbers are whole and stay below 2**31, so both halves come to the same guesses. */
Landuse.columns = (() => {
  "use strict";

  const { codec } = Landuse;

  const VOTES = 7;
  const SLOTS = 65536;
  const GUESSES = 6;
  const FARTHEST_GUESS = 65535;
  const LAST_STEP = 17;

  /* The curves of the vote, from whole numbers only, as in vote_kernels.py. */
  const KNOTS = [
    1, 2, 4, 6, 10, 17, 27, 45, 74, 120, 194, 311, 488, 747, 1102, 1546, 2048,
    2550, 2994, 3349, 3608, 3785, 3902, 3976, 4022, 4051, 4069, 4079, 4086, 4090, 4092, 4094, 4095, 4095,
  ];
  const squash = Int32Array.from({ length: 4096 }, (_, x) => (
    (KNOTS[x >> 7] * (128 - (x & 127)) + KNOTS[(x >> 7) + 1] * (x & 127) + 64) >> 7));
  const stretch = new Int32Array(4096);
  for (let chance = 0, x = 0; chance < 4096; chance += 1) {
    while (x < 4095 && squash[x] < chance) x += 1;
    stretch[chance] = x - 2048;
  }
  const pace = Int32Array.from({ length: 128 }, (_, n) => Math.floor(4096 / (2 * n + 3)));

  /* Places of the cells west, south, south-west, south-east, east and north of each cell, and
     of the one west of the western one; where there is none, of another, or of "no cell". */
  function neighbours(flat, at, cols, rows) {
    const count = flat.length;
    const near = new Int32Array(7 * count);
    for (let i = 0; i < count; i += 1) {
      const place = flat[i];
      const col = place % cols;
      const row = (place - col) / cols;
      const look = (down, right) => {
        const x = col + right;
        const y = row + down;
        return x < 0 || y < 0 || x >= cols || y >= rows ? -1 : at[y * cols + x];
      };
      const found = [look(0, -1), look(-1, 0), look(-1, -1), look(-1, 1)];
      const first = found.find((one) => one >= 0);
      const west = found[0] >= 0 ? found[0] : first ?? (i > 0 ? i - 1 : count);
      const south = found[1] >= 0 ? found[1] : west;
      const corner = found[2] >= 0 ? found[2] : south;
      const east = look(0, 1);
      const north = look(1, 0);
      near[7 * i] = west;
      near[7 * i + 1] = south;
      near[7 * i + 2] = corner;
      near[7 * i + 3] = found[3] >= 0 ? found[3] : south;
      near[7 * i + 4] = east >= 0 ? east : i;
      near[7 * i + 5] = north >= 0 ? north : i;
      near[7 * i + 6] = west < count ? near[7 * west] : count;
    }
    return near;
  }

  function mixed(one, two) {
    let both = (Math.imul(one, 0x2f0b4c47) + Math.imul(two, 0x1b873593) + 0x55555) | 0;
    both ^= both >>> 15;
    both = Math.imul(both, 0x2c1b3c6d);
    return both ^ (both >>> 13);
  }

  const kept = (value, most) => (value > most ? most : value < -most ? -most : value);

  function middle(west, south, corner) {
    const plane = west + south - corner;
    const least = west < south ? west : south;
    const most = west < south ? south : west;
    return plane < least ? least : plane > most ? most : plane;
  }

  /* The model is the same for all columns and forgets between them. */
  const chances = new Int32Array(VOTES * SLOTS);
  const met = new Uint8Array(VOTES * SLOTS);
  const weights = new Int32Array(1024 * VOTES);
  const contexts = new Int32Array(VOTES);
  const places = new Int32Array(VOTES);
  const votes = new Int32Array(VOTES);
  const guesses = new Int32Array(GUESSES);

  function forget() {
    chances.fill(1 << 19);
    met.fill(0);
    weights.fill(19661);
  }

  /* The arithmetic decoder over some bytes: low and high end, and the code between them. They
     stand in an array because numbers past 2**30 would each be an object elsewhere. */
  let text = new Uint8Array(0);
  let next = 0;
  const LOW = 0;
  const HIGH = 1;
  const CODE = 2;
  const span = new Uint32Array(3);

  function open(bytes, from) {
    text = bytes;
    next = from;
    span[LOW] = 0;
    span[HIGH] = 0xffffffff;
    for (let k = 0; k < 4; k += 1) {
      span[CODE] = (span[CODE] << 8) | (next < text.length ? text[next] : 0);
      next += 1;
    }
  }

  function readBit(chance) {
    const low = span[LOW];
    const wide = span[HIGH] - low;
    const cut = low + (wide >>> 12) * chance + (((wide & 4095) * chance) >>> 12);
    const bit = span[CODE] <= cut ? 1 : 0;
    if (bit) span[HIGH] = cut; else span[LOW] = cut + 1;
    while (((span[LOW] ^ span[HIGH]) >>> 24) === 0) {
      span[CODE] = (span[CODE] << 8) | (next < text.length ? text[next] : 0);
      next += 1;
      span[LOW] <<= 8;
      span[HIGH] = (span[HIGH] << 8) | 255;
    }
    return bit;
  }

  function plain(table, place) {
    const bit = readBit(Math.min(Math.max(table[place] >> 4, 1), 4095));
    table[place] += ((bit << 16) - bit - table[place]) >> 5;
    return bit;
  }

  function asked(question, group) {
    const turn = Math.imul(question, 0x1e3779b1);
    const own = group * VOTES;
    let dot = 0;
    for (let k = 0; k < VOTES; k += 1) {
      let slot = (contexts[k] + turn) | 0;
      slot = k * SLOTS + ((slot ^ (slot >>> 16)) & (SLOTS - 1));
      places[k] = slot;
      const seen = met[slot];
      const vote = (stretch[chances[slot] >> 8] * (seen > 3 ? 16 : seen * 5)) >> 4;
      votes[k] = vote;
      dot += Math.imul(weights[own + k], vote) >> 8;
    }
    const chance = squash[kept(dot >> 8, 2047) + 2048];
    const bit = readBit(chance);
    const miss = ((bit << 12) - chance) * 24;
    const goal = (bit << 20) - bit;
    for (let k = 0; k < VOTES; k += 1) {
      const slot = places[k];
      weights[own + k] += (Math.imul(votes[k], miss) + 0x8000) >> 16;
      chances[slot] += Math.imul(goal - chances[slot], pace[met[slot]]) >> 11;
      if (met[slot] < 127) met[slot] += 1;
    }
    return bit;
  }

  function rest(table) {
    let size = 0;
    while (size < 24 && plain(table, size)) size += 1;
    let found = 1;
    for (let k = size - 1; k >= 0; k -= 1) found = 2 * found + plain(table, 32 + Math.min(found, 31));
    return found - 1;
  }

  function difference(group, table) {
    if (asked(0, group)) return 0;
    const negative = asked(1, 128 + group);
    let step = 2;
    while (step < LAST_STEP && !asked(step + 32 * negative, 128 * Math.min(step, 7) + group)) step += 1;
    let found = step - 1;
    if (step === LAST_STEP) found += rest(table);
    return negative ? -found : found;
  }

  const NONE = new Uint8Array(0);

  /* -> Int32Array of the cells and a last 0; `like` and `usual` are such columns. */
  function decode(bytes, from, near, like, usual) {
    const count = near.length / 7;
    const values = new Int32Array(count + 1);
    const side = new Int8Array(count + 1);
    const misses = new Uint8Array(GUESSES * (count + 1)); // six for each cell, side by side
    const here = new Int32Array(usual ? count + 1 : 0).fill(256);
    const there = new Int32Array(usual ? count + 1 : 0).fill(256);
    const few = new Int32Array(64).fill(32768);
    const calm = new Int32Array(8).fill(32768);
    const seen = new Int32Array(SLOTS).fill(-1000);
    const kin = like.length;
    const one = kin ? like[0] : NONE;
    const two = kin ? like[Math.min(1, kin - 1)] : NONE;
    forget();
    open(bytes, from);
    for (let cell = 0; cell < count; cell += 1) {
      const at = 7 * cell;
      const w = near[at];
      const s = near[at + 1];
      const q = near[at + 2];
      const z = near[at + 3];
      const e = near[at + 4];
      const n = near[at + 5];
      const west = values[w];
      const south = values[s];
      const corner = values[q];
      const east = values[z];
      const x = kin ? one[cell] : 0;
      const xw = kin ? one[w] : 0;
      const xs = kin ? one[s] : 0;
      const u = usual ? usual[cell] : 0;
      if (west === south && west === corner && west === east && x === xw && x === xs
        && (!usual || (u === usual[w] && u === usual[s]))) {
        let ahead = kin ? 2 * (x !== one[e]) + (x !== one[n]) : 0;
        if (usual) ahead += 4 * (u !== usual[e] || u !== usual[n]);
        if (plain(calm, ahead)) {
          values[cell] = west;
          if (usual) { here[cell] = here[w]; there[cell] = there[w]; }
          continue;
        }
      }
      guesses[0] = middle(west, south, corner);
      let all = 0;
      let three = 0;
      let spot = 0;
      if (kin) {
        guesses[1] = x + middle(west - xw, south - xs, corner - one[q]);
        guesses[2] = guesses[1];
        guesses[3] = kin > 1 ? two[cell] + middle(west - two[w], south - two[s], corner - two[q])
          : (2 * x + west - xw + south - xs) >> 1;
        all = x > 120 ? x : 0;
        three = all;
        for (let k = 1; k < kin; k += 1) {
          all = mixed(all, like[k][cell] - x);
          if (k < 3) three = all;
        }
        spot = mixed(all, 77) & (SLOTS - 1);
        if (seen[spot] > -1000) guesses[2] = x + seen[spot];
      } else {
        guesses[1] = (west + south + ((east - corner) >> 1)) >> 1;
        guesses[2] = west;
        guesses[3] = south;
      }
      if (usual) {
        const speed = Math.min(Math.floor(((here[w] + here[s]) * 256) / (there[w] + there[s])), 2560);
        const close = 2 * u - usual[w] - usual[s];
        const wide = close + 2 * u - usual[q] - usual[z];
        guesses[4] = (2 * west + 2 * south + Math.floor((2 * close * speed + 256) / 256)) >> 2;
        guesses[5] = (west + south + corner + east + Math.floor((wide * speed + 128) / 256) + 2) >> 2;
      } else {
        guesses[4] = (2 * west + 2 * south + east - corner + 2) >> 2;
        guesses[5] = west + east - south;
      }
      const missW = GUESSES * w;
      const missS = GUESSES * s;
      const missQ = GUESSES * q;
      const missZ = GUESSES * z;
      let least = 1 << 30;
      let guess = 0;
      for (let k = 0; k < GUESSES; k += 1) {
        const one_ = guesses[k] < 0 ? 0 : guesses[k] > FARTHEST_GUESS ? FARTHEST_GUESS : guesses[k];
        guesses[k] = one_;
        const missed = 2 * (misses[missW + k] + misses[missS + k]) + misses[missQ + k] + misses[missZ + k]
          - (k === 2 && kin > 1 ? 1 : 0);
        if (missed < least) { least = missed; guess = one_; }
      }
      const hits = side[w] + 1 + 3 * (side[s] + 1);
      if (kin > 1) {
        contexts[0] = mixed(all, guess - x);
        contexts[1] = mixed(mixed(three, guess - x), hits);
      } else {
        const beyond = values[near[at + 6]];
        contexts[0] = mixed(kept(west - beyond, 5) * 16 + kept(south - corner, 5), kept(east - south, 5) * 16 + kept(west - guess, 5));
        contexts[1] = mixed(kept(west - corner, 6) * 16 + kept(south - corner, 6), kept(east - south, 6));
      }
      let far = 0;
      let group = 0;
      for (let k = 0; k < GUESSES; k += 1) {
        const off = guesses[k] - guess;
        far = mixed(far, kept(off, 3));
        if (off === 0) group += 1;
      }
      group += least > 0 ? 8 * Math.min(least, 15) : 0;
      contexts[2] = far;
      contexts[3] = mixed(mixed(kept(west - corner, 4) * 16 + kept(south - corner, 4), kept(east - south, 4)), kept(guess - west, 7));
      const xe = kin ? one[e] : 0;
      const xn = kin ? one[n] : 0;
      contexts[4] = mixed(
        mixed(kept(x - xw, 4) * 16 + kept(x - xs, 4), kept(xe - x, 4) * 16 + kept(xn - x, 4)),
        kept(x - xw + west - guess, 3) * 8 + kept(x - xs + south - guess, 3),
      );
      const sides = kept(west - guess, 9) * 32 + kept(south - guess, 9);
      contexts[5] = usual ? mixed(mixed(
        kept(u - usual[w], 5) * 16 + kept(u - usual[s], 5),
        kept(usual[e] - u, 4) * 16 + kept(usual[n] - u, 4),
      ), sides) : sides;
      contexts[6] = mixed(mixed(all, guess - x), (west - xw - guess + x) * 300 + south - xs - guess + x);
      const off = difference(group, few);
      const value = guess + off;
      values[cell] = value;
      side[cell] = off > 0 ? 1 : off < 0 ? -1 : 0;
      for (let k = 0; k < GUESSES; k += 1) {
        const missed = Math.abs(value - guesses[k]);
        misses[GUESSES * cell + k] = missed < 12 ? missed : 12;
      }
      if (kin) seen[spot] = value - x;
      if (usual) {
        here[cell] = (((here[w] + here[s]) * 7) >> 4) + 4 + 16 * (Math.abs(value - west) + Math.abs(value - south));
        there[cell] = (((there[w] + there[s]) * 7) >> 4) + 4 + 16 * (Math.abs(u - usual[w]) + Math.abs(u - usual[s]));
      }
    }
    return values;
  }

  /* What the first four bytes of a column must be. */
  function checksum(values) {
    let sum = 0x811c9dc5;
    for (let i = 0; i < values.length; i += 1) {
      sum = Math.imul(sum ^ (values[i] & 255), 0x01000193);
      sum = Math.imul(sum ^ (values[i] >>> 8), 0x01000193);
    }
    return sum >>> 0;
  }

  /* A column of text -> its values in as few bytes as they need; throws where the text is not
     what was written. */
  function read(packed, near, like, usual) {
    const bytes = codec.bytesOf(packed);
    const values = decode(bytes, 4, near, like, usual);
    const sum = (bytes[0] * 0x1000000 + bytes[1] * 0x10000 + bytes[2] * 0x100 + bytes[3]) >>> 0;
    if (bytes.length < 5 || checksum(values) !== sum) throw new Error("damaged column");
    return values.every((value) => value < 256) ? Uint8Array.from(values) : Uint16Array.from(values);
  }

  return { neighbours, read };
})();
