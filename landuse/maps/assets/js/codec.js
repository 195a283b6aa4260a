/* Reads what landuse/maps/pack.py, topology.py and fields.py wrote. */
const Landuse = {
  /* What further scripts do once the page stands: functions of the page, called in turn. */
  parts: [],
};

Landuse.codec = (() => {
  "use strict";

  /* Lattice points per degree, as in topology.py. */
  const LATTICE = 100000;

  const { bytesOf, inflate } = LanduseUnpack;

  /* Zigzag varints. Bit operations end at 32 bits, so wide numbers are multiplied. */
  function readInts(bytes, Type) {
    let count = 0;
    for (const byte of bytes) if (byte < 128) count += 1;
    const out = new Type(count);
    let place = 0;
    let value = 0;
    let weight = 1;
    for (const byte of bytes) {
      value += (byte & 127) * weight;
      if (byte < 128) {
        out[place] = value % 2 ? -(value + 1) / 2 : value / 2;
        place += 1;
        value = 0;
        weight = 1;
      } else {
        weight *= 128;
      }
    }
    return out;
  }

  async function ints(text, Type = Int32Array) {
    return readInts(await inflate(text), Type);
  }

  async function runningSum(text) {
    const out = await ints(text);
    for (let i = 1; i < out.length; i += 1) out[i] += out[i - 1];
    return out;
  }

  async function json(text) {
    return JSON.parse(await LanduseUnpack.text(text));
  }

  /* What the page works on; the texts of the cells' columns stand apart. */
  async function payload(text) {
    const { columns, rest } = JSON.parse(text);
    const data = await json(rest);
    columns.forEach((column, i) => { data.cells.columns[i].text = column; });
    return data;
  }

  /* Degrees to the pixels of Web Mercator at zoom 0. */
  function mercatorX(lon) {
    return ((lon + 180) / 360) * 256;
  }

  function mercatorY(lat) {
    const angle = (lat * Math.PI) / 180;
    return (0.5 - Math.log(Math.tan(Math.PI / 4 + angle / 2)) / (2 * Math.PI)) * 256;
  }

  /* -> { arcs: [Float64Array x, y, x, y …], features: [[[reference …] ring …] …], boxes } */
  async function topology(text) {
    if (!text) return { arcs: [], features: [], boxes: [], levels: new Map() };
    const numbers = await ints(text);
    let at = 0;
    const take = (count) => numbers.subarray(at, (at += count));
    const [arcCount, featureCount] = take(2);
    const lengths = take(arcCount);
    const total = lengths.reduce((sum, length) => sum + length, 0);
    const xs = take(total);
    const ys = take(total);
    const arcs = [];
    let x = 0;
    let y = 0;
    let k = 0;
    for (const length of lengths) {
      const arc = new Float64Array(2 * length);
      for (let i = 0; i < length; i += 1, k += 1) {
        x += xs[k];
        y += ys[k];
        arc[2 * i] = mercatorX(x / LATTICE);
        arc[2 * i + 1] = mercatorY(y / LATTICE);
      }
      arcs.push(arc);
    }
    const ringCounts = take(featureCount);
    const ringTotal = ringCounts.reduce((sum, count) => sum + count, 0);
    const ringLengths = take(ringTotal);
    const features = [];
    let ring = 0;
    let reference = 0;
    for (const count of ringCounts) {
      const rings = [];
      for (let i = 0; i < count; i += 1, ring += 1) {
        const references = [];
        for (let j = 0; j < ringLengths[ring]; j += 1, at += 1) {
          reference += numbers[at];
          references.push(reference);
        }
        rings.push(references);
      }
      features.push(rings);
    }
    const shape = { arcs, features, levels: new Map(), arcBoxes: arcs.map(arcBox) };
    shape.boxes = features.map((rings) => boxOf(shape, rings));
    return shape;
  }

  function arcBox(arc) {
    const box = [Infinity, Infinity, -Infinity, -Infinity];
    for (let i = 0; i < arc.length; i += 2) {
      if (arc[i] < box[0]) box[0] = arc[i];
      if (arc[i] > box[2]) box[2] = arc[i];
      if (arc[i + 1] < box[1]) box[1] = arc[i + 1];
      if (arc[i + 1] > box[3]) box[3] = arc[i + 1];
    }
    return box;
  }

  function boxOf(shape, rings) {
    const box = [Infinity, Infinity, -Infinity, -Infinity];
    for (const ring of rings) {
      for (const reference of ring) {
        const [west, north, east, south] = shape.arcBoxes[reference < 0 ? ~reference : reference];
        if (west < box[0]) box[0] = west;
        if (north < box[1]) box[1] = north;
        if (east > box[2]) box[2] = east;
        if (south > box[3]) box[3] = south;
      }
    }
    return box;
  }

  /* The arcs without the bends that a zoom level cannot show; kept for the next drawing. */
  function arcsAt(shape, zoom) {
    const level = Math.ceil(zoom);
    if (level >= 15) return shape.arcs;
    if (!shape.levels.has(level)) {
      const step = 0.6 / 2 ** level;
      shape.levels.set(level, shape.arcs.map((arc) => thinned(arc, step)));
    }
    return shape.levels.get(level);
  }

  function thinned(arc, step) {
    if (arc.length <= 4) return arc;
    const kept = [arc[0], arc[1]];
    const last = arc.length - 2;
    for (let i = 2; i < last; i += 2) {
      const far = Math.max(
        Math.abs(arc[i] - kept[kept.length - 2]),
        Math.abs(arc[i + 1] - kept[kept.length - 1]),
      );
      if (far >= step) kept.push(arc[i], arc[i + 1]);
    }
    kept.push(arc[last], arc[last + 1]);
    return Float64Array.from(kept);
  }

  /* Whether a point (zoom-0 pixels) lies in an odd number of a feature's rings. */
  function holds(shape, feature, x, y) {
    const box = shape.boxes[feature];
    if (x < box[0] || y < box[1] || x > box[2] || y > box[3]) return false;
    let inside = false;
    for (const ring of shape.features[feature]) {
      for (const reference of ring) {
        const arc = shape.arcs[reference < 0 ? ~reference : reference];
        for (let i = 2; i < arc.length; i += 2) {
          if (arc[i - 1] > y !== arc[i + 1] > y) {
            const cut = arc[i - 2] + ((y - arc[i - 1]) / (arc[i + 1] - arc[i - 1])) * (arc[i] - arc[i - 2]);
            if (x < cut) inside = !inside;
          }
        }
      }
    }
    return inside;
  }

  return { LATTICE, arcBox, arcsAt, bytesOf, holds, ints, json, mercatorX, mercatorY, payload, runningSum, topology };
})();
