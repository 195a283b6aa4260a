/* Finds towns, facilities and places by name, reading, address or kind. */
Landuse.find = (() => {
  "use strict";

  const { fold } = Landuse;
  const MOST = 30;
  const BATCH = 400;

  /* Many texts as one: a search runs over all of them at the speed of indexOf. */
  class Column {
    constructor(texts) {
      this.text = `\n${texts.join("\n")}\n`;
      this.starts = new Int32Array(texts.length);
      let at = 1;
      texts.forEach((text, i) => { this.starts[i] = at; at += text.length + 1; });
    }

    entryAt(place) {
      let [low, high] = [0, this.starts.length - 1];
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if (this.starts[middle] <= place) low = middle; else high = middle - 1;
      }
      return low;
    }

    /* Calls `take` with the number of each entry that holds the text, until it returns false. */
    each(wanted, take, { start = false, whole = false } = {}) {
      if (!wanted) return;
      const needle = `${start || whole ? "\n" : ""}${wanted}${whole ? "\n" : ""}`;
      for (let at = this.text.indexOf(needle); at >= 0; at = this.text.indexOf(needle, at)) {
        const entry = this.entryAt(at + (start || whole ? 1 : 0));
        if (!take(entry)) return;
        at = this.starts[entry + 1] - 1 || this.text.length;
      }
    }
  }

  /* 黒金町七丁目 and クロガネチョウ 7 -> 黒金町, クロガネチョウ. */
  function stem(town) {
    const spelled = fold.spelled(town.name);
    const cut = spelled.search(/\d/);
    return [cut < 0 ? spelled : spelled.slice(0, cut), town.kana.split(/[\s\d]/)[0]];
  }

  const ENDS = [["町", /チョウ$|マチ$/], ["大通", /オオドオリ$/], ["中央", /チュウオウ$/], ["北", /キタ$/], ["南", /ミナミ$/], ["東", /ヒガシ$/], ["西", /ニシ$/]];

  /* What can be read of the names of facilities: towns and what is left of them without ends. */
  function readings(towns, places, part) {
    const known = new Map();
    for (const town of towns) {
      const [name, kana] = stem(town);
      if (!kana) continue;
      known.set(name, kana);
      for (const [end, sound] of ENDS) {
        if (name.endsWith(end) && name.length > end.length && sound.test(kana)) known.set(name.slice(0, -end.length), kana.replace(sound, ""));
      }
    }
    const own = [...places, { name: part.city[0], name_en: part.city[1] }];
    for (const { name, name_en: english } of own) {
      const word = name.replace(/(?:市|町|村|区|駅|地域|地区)$/, "");
      const sound = (english || "").replace(/[\s-]*(city|town|village|station|shi|cho|machi)$/i, "");
      if (word.length > 1 && !known.has(word) && /^[A-Za-zāīūēō]+$/.test(sound)) known.set(word, sound);
    }
    return [...Object.entries(part.readings), ...known].filter(([word]) => word.length);
  }

  /* Edits between a text and the nearest beginning of a name, at most `most` (else more). */
  function edits(wanted, name, most) {
    const wide = name.length + 1;
    let [row, next] = [new Uint8Array(wide), new Uint8Array(wide)];
    for (let j = 0; j < wide; j += 1) row[j] = j;
    for (let i = 1; i <= wanted.length; i += 1) {
      next[0] = i;
      let least = i;
      for (let j = 1; j < wide; j += 1) {
        const change = row[j - 1] + (wanted[i - 1] === name[j - 1] ? 0 : 1);
        next[j] = Math.min(change, row[j] + 1, next[j - 1] + 1);
        least = Math.min(least, next[j]);
      }
      if (least > most) return most + 1;
      [row, next] = [next, row];
    }
    return Math.min(...row.slice(Math.max(0, wanted.length - most)));
  }

  /* The numbers of the entries next to a place, of those wanted, nearest first. */
  function nearest(entries, near, wanted) {
    const kept = [];
    entries.forEach((entry, i) => {
      if (!wanted(entry)) return;
      const far = near && entry.lon !== null ? (0.73 * (entry.lon - near.lon)) ** 2 + (entry.lat - near.lat) ** 2 : Infinity;
      if (kept.length === 4 * MOST && far >= kept[kept.length - 1][0]) return;
      let at = kept.length;
      while (at > 0 && kept[at - 1][0] > far) at -= 1;
      kept.splice(at, 0, [far, i]);
      if (kept.length > 4 * MOST) kept.pop();
    });
    return kept.map(([, i]) => i);
  }

  /* 5 Kuroganecho 7-chome, Kushiro-shi: the western order, turned into that of the keys. */
  function turned(text) {
    const western = text.normalize("NFKC").match(/^\s*(\d+(?:-\d+)*)[\s,]+([a-zāīūēō][^,]*)(?:,.*)?$/i);
    return western ? `${western[2].trim()} ${western[1]}` : text.replace(/^([a-zāīūēō' -]+[\d\s-]*),.*$/i, "$1");
  }

  class Finder {
    /* `part` is the payload of maps/search.py; `entries` towns, then places, then facilities. */
    constructor({ towns, places, facilities, services, part }) {
      const number = (town) => Number((fold.spelled(town.name).match(/\d+/) || [0])[0]);
      const ordered = towns.map((town, i) => ({ ...town, kana: part.kana[i] || "" }))
        .map((town) => [stem(town)[0], number(town), town]).sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : a[1] - b[1]));
      this.entries = [
        ...ordered.map(([, , town]) => ({ ...town, kind: "town" })),
        ...places.map((place) => ({ ...place, kind: "place" })),
        ...facilities.map((facility, i) => ({ facility, name: facility.name, lon: facility.lon, lat: facility.lat, kind: "facility", category: part.category[i] })),
      ];
      this.folder = fold.folder({ variants: part.variants, readings: readings(ordered.map(([, , town]) => town), places, part) });
      this.part = part;
      this.services = services;
      this.columns = { plain: [], sound: [], address: [] };
      this.done = 0;
      this.prepareKinds();
      this.prefixes = this.cityPrefixes();
    }

    /* Folds some more of the entries; true once all are. */
    prepare(count = BATCH) {
      const { folder, columns, entries } = this;
      const end = Math.min(entries.length, this.done + count);
      for (; this.done < end; this.done += 1) {
        const entry = entries[this.done];
        const address = entry.facility ? entry.facility.address : "";
        columns.plain.push(folder.plain(entry.name));
        columns.sound.push(folder.sound(entry.kana || (entry.kind !== "facility" && entry.name_en) || entry.name));
        columns.address.push(address ? `${folder.plain(address)}|${folder.sound(address)}` : "");
      }
      if (this.done < entries.length || this.plain) return Boolean(this.plain);
      this.plain = new Column(columns.plain);
      this.sound = new Column(columns.sound);
      this.anyTown = new Column(columns.sound.map(fold.anyTown));
      this.address = new Column(columns.address);
      this.prepareTowns();
      return true;
    }

    prepareTowns() {
      this.towns = new Map();
      this.bases = new Map();
      this.entries.forEach((entry, i) => {
        if (entry.kind !== "town") return;
        for (const key of [this.columns.plain[i], this.columns.sound[i], fold.anyTown(this.columns.sound[i])]) {
          this.towns.set(key, this.towns.get(key) ?? i);
          const base = key.replace(/\d.*$/, "");
          if (!this.bases.has(base)) this.bases.set(base, new Set());
          this.bases.get(base).add(i);
        }
      });
    }

    prepareKinds() {
      const { part, services, folder } = this;
      const both = (text) => [folder.plain(text), folder.sound(text)];
      this.kinds = part.kinds.map(([keys, also]) => ({ keys, words: also.flatMap(both) }));
      services.forEach((service) => this.kinds.push({ keys: [service.key], words: [...both(service.ja), ...service.en.split(/\s+/).map(folder.plain)].filter((word) => word.length > 2) }));
    }

    /* 北海道釧路市…, Kushiro-shi …: how an address may begin. */
    cityPrefixes() {
      const { folder, part } = this;
      const names = part.city.flatMap((name) => [folder.plain(name), folder.sound(name)]);
      const word = folder.sound(part.city[1].replace(/\s*(city|town|village)$/i, ""));
      return [...new Set([...names, `${word}si`, `${word}city`, word])].filter(Boolean).sort((a, b) => b.length - a.length);
    }

    withoutCity(key) {
      const bare = key.replace(/^(?:〒?\d{3}-?\d{4})?(?:北海道|東京都|京都府|大阪府|\S{2,3}県|hokaido)?/, "");
      const prefix = this.prefixes.find((name) => bare.startsWith(name) && bare.length > name.length);
      return prefix ? bare.slice(prefix.length) : bare;
    }

    /* The town that an address lies in: the longest name it begins with, not within a number. */
    townOf(key) {
      for (let length = key.length; length > 1; length -= 1) {
        const name = key.slice(0, length);
        const entry = this.towns.get(name);
        if (entry !== undefined && !(/\d$/.test(name) && /^\d/.test(key.slice(length)))) return { entry, rest: key.slice(length) };
      }
      return null;
    }

    kindOf(wanted, sound) {
      const keys = new Set();
      for (const kind of this.kinds) {
        if (kind.words.some((word) => (wanted.length > 1 || word === wanted) && (word.startsWith(wanted) || (sound.length > 2 && word.startsWith(sound))))) kind.keys.forEach((key) => keys.add(key));
      }
      return keys;
    }

    /* -> { hits: [{ …entry, how, rest }], more: number of further ones }. `near` is { lon, lat }. */
    query(typed, near = null) {
      if (!this.plain) this.prepare(Infinity);
      const text = turned(typed);
      const wanted = this.folder.plain(text);
      const found = new Map();
      if (!wanted) return { hits: [], more: 0 };
      const add = (how, rest = "") => (entry) => {
        if (!found.has(entry)) found.set(entry, { how, rest });
        return found.size < 4 * MOST;
      };
      const heardAs = this.folder.sound(text);
      // A row of one letter shrinks to nothing much, and would sound like anything.
      const sounds = 2 * heardAs.length < wanted.length ? [] : fold.endings(heardAs, text.trim());
      const bare = sounds.map((one) => this.withoutCity(one));
      const tries = [...new Set([wanted, this.withoutCity(wanted)])];
      for (const one of tries) this.byName(one, add("name"), { start: true });
      const heard = [...new Set([...sounds, ...bare])].filter(Boolean);
      for (const one of heard) this.bySound(one, add("sound"), { start: true });
      this.byAddress([...tries, ...heard], add);
      for (const one of tries) this.plain.each(one, add("name"));
      for (const one of heard) if (one.length > (sounds.includes(one) ? 2 : 3)) this.bySound(one, add("sound"), {});
      for (const one of tries) if (one.length > 1) this.address.each(one, add("address"));
      this.byKind(wanted, heard[0] || "", near, add("kind"));
      const town = found.size ? null : [...tries, ...heard].map((one) => this.townOf(one)).find(Boolean);
      if (town) add("near", town.rest)(town.entry);
      if (!found.size) this.byGuess(tries[tries.length - 1], bare[0] || "", add("guess"));
      const hits = [...found].slice(0, MOST).map(([entry, { how, rest }]) => ({ ...this.entries[entry], how, rest }));
      return { hits, more: found.size - hits.length, capped: found.size >= 4 * MOST };
    }

    byName(wanted, take) {
      this.plain.each(wanted, take, { whole: true });
      this.plain.each(wanted, take, { start: true });
    }

    bySound(wanted, take, options) {
      this.sound.each(wanted, take, options);
      this.anyTown.each(fold.anyTown(wanted), take, options);
    }

    /* An address is first the facility that has it, then its town, then the town without number. */
    byAddress(keys, add) {
      for (const key of keys) {
        if (!/\d/.test(key)) continue;
        this.address.each(`${key}|`, add("address"));
        this.address.each(`${key}\n`, add("address"));
      }
      for (const key of keys.flatMap((one) => [one, fold.anyTown(one)])) {
        const town = this.townOf(key);
        if (town && (!town.rest || /\d/.test(town.rest))) add(town.rest ? "within" : "name", town.rest)(town.entry);
      }
      for (const key of keys.flatMap((one) => [one, fold.anyTown(one)])) {
        const numbered = key.match(/^(\D+)(\d.*)$/);
        const base = numbered && this.bases.get(numbered[1]);
        if (base && !this.townOf(key)) for (const entry of base) add("unnumbered", numbered[2])(entry);
      }
    }

    byKind(wanted, sound, near, take) {
      const keys = this.kindOf(wanted, sound);
      if (!keys.size) return;
      const category = this.part.categories.map((key) => keys.has(key));
      const service = this.services.map((one) => keys.has(one.key));
      nearest(this.entries, near, ({ facility, category: own }) => (
        facility && (category[own] || facility.services.some((place) => service[place]))
      )).every((entry) => take(entry));
    }

    /* The last resort: names that differ in a letter or two; said to be a guess. */
    byGuess(wanted, sound, take) {
      // A city's own towns and facilities are always all tried; of very many, as many as time allows.
      const until = this.entries.length > 5000 ? performance.now() + 12 : Infinity;
      const best = [];
      const judge = (keys, one) => {
        const most = one.length < 3 || one.length > 60 ? 0 : one.length < 8 ? 1 : 2;
        const known = new Map(); // many towns begin alike
        for (let i = 0; most && i < keys.length && (i % 64 || performance.now() < until); i += 1) {
          if (keys[i].length + most < one.length) continue;
          const name = keys[i].slice(0, one.length + most);
          if (!known.has(name)) known.set(name, edits(one, name, most));
          if (known.get(name) <= most) best.push([known.get(name), i]);
        }
      };
      judge(this.columns.plain, wanted);
      if (/[a-z]{4}/.test(sound)) judge(this.columns.sound, sound);
      best.sort((a, b) => a[0] - b[0]).slice(0, 8).every(([, entry]) => take(entry));
    }
  }

  return { Column, Finder, edits };
})();
