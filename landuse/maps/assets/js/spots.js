/* Places given by numbers: codes of the Japanese standard mesh, and coordinates. */
Landuse.spots = (() => {
  "use strict";

  const JAPAN = { south: 20, north: 46, west: 122, east: 154 };

  /* South-west corner and size in degrees of a mesh code of 4, 6, 8, 9 or 10 digits, or null.
     `tenth` reads the last two of ten digits as tenths of the 1 km mesh, else as quarters. */
  function meshBox(code, tenth = false) {
    const digit = (place) => Number(code[place]);
    let [south, west, high, wide] = [Number(code.slice(0, 2)) / 1.5, Number(code.slice(2, 4)) + 100, 2 / 3, 1];
    const step = (row, col, parts) => {
      high /= parts;
      wide /= parts;
      south += row * high;
      west += col * wide;
      return row < parts && col < parts;
    };
    const quarter = (place) => digit(place) >= 1 && digit(place) <= 4 && step(Math.floor((digit(place) - 1) / 2), (digit(place) - 1) % 2, 2);
    let good = /^\d{4}(\d\d(\d\d(\d(\d)?)?)?)?$/.test(code);
    if (code.length >= 6) good = step(digit(4), digit(5), 8) && good;
    if (code.length >= 8) good = step(digit(6), digit(7), 10) && good;
    if (code.length === 10 && tenth) good = step(digit(8), digit(9), 10) && good;
    else {
      if (code.length >= 9) good = quarter(8) && good;
      if (code.length === 10) good = quarter(9) && good;
    }
    return good ? { south, west, north: south + high, east: west + wide } : null;
  }

  /* The readings of a code, the study's own cells first: [{ kind, box }]. */
  function meshes(code) {
    const kinds = { 4: ["80km"], 6: ["10km"], 8: ["1km"], 9: ["500m"], 10: ["cell", "250m"] }[code.length] || [];
    return kinds.map((kind) => ({ kind, box: meshBox(code, kind === "cell") })).filter((one) => one.box);
  }

  function inDegrees(parts) {
    const [degrees, minutes = 0, seconds = 0] = parts.map(Number);
    return minutes < 60 && seconds < 60 ? degrees + minutes / 60 + seconds / 3600 : NaN;
  }

  /* Decimal degrees, or degrees, minutes and seconds; either order: the ranges do not meet. */
  function coordinates(text) {
    const flat = text.normalize("NFKC").replace(/[北東]緯?経?|[nNeE:：]|lat|lon/g, " ").trim();
    const sexagesimal = /(\d+)\s*[°度]\s*(?:(\d+)\s*[′'’分]\s*)?(?:(\d+(?:\.\d+)?)\s*(?:[″"”秒]|''|′′)?)?/g;
    const decimal = flat.match(/^(\d+\.\d+|\d+)\s*[°度]?\s*[,、\s/]\s*(\d+\.\d+|\d+)\s*[°度]?$/);
    const found = decimal ? decimal.slice(1).map(Number)
      : [...flat.matchAll(sexagesimal)].map((match) => inDegrees(match.slice(1).filter(Boolean)));
    if (found.length !== 2 || !found.every(Number.isFinite)) return null;
    const [lat, lon] = found[0] < found[1] ? found : [found[1], found[0]];
    const inside = lat >= JAPAN.south && lat <= JAPAN.north && lon >= JAPAN.west && lon <= JAPAN.east;
    return inside ? { lat, lon } : null;
  }

  /* What a text of numbers means: [{ kind: "mesh" | "point", … }], best first. */
  function read(text) {
    const digits = text.normalize("NFKC").replace(/[\s-]/g, "");
    const point = coordinates(text);
    if (point) return [{ kind: "point", ...point }];
    if (!/^\d{4,10}$/.test(digits)) return [];
    return meshes(digits).map(({ kind, box }) => ({
      kind: "mesh", mesh: kind, code: digits, box, lon: (box.west + box.east) / 2, lat: (box.south + box.north) / 2,
    }));
  }

  return { coordinates, meshBox, meshes, read };
})();
