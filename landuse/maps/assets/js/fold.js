/* One spelling for what people type in many: as characters (`plain`) and as sounds (`sound`). */
Landuse.fold = (() => {
  "use strict";

  const ROWS = {
    "": "あいうえお", k: "かきくけこ", g: "がぎぐげご", s: "さしすせそ", z: "ざじずぜぞ", t: "たちつてと", d: "だぢづでど",
    n: "なにぬねの", h: "はひふへほ", b: "ばびぶべぼ", p: "ぱぴぷぺぽ", m: "まみむめも", y: "や　ゆ　よ", r: "らりるれろ", w: "わゐ　ゑを",
  };
  const SMALL = { ぁ: "a", ぃ: "i", ぅ: "u", ぇ: "e", ぉ: "o", ゃ: "ya", ゅ: "yu", ょ: "yo", ゎ: "wa" };
  const SOUNDS = new Map([["ん", "n"], ["っ", ""], ["ー", ""], ["ゔ", "bu"], ["ゖ", "ga"], ["ゕ", "ka"], ["ゝ", ""]]);
  for (const [consonant, kana] of Object.entries(ROWS)) {
    [...kana].forEach((sign, place) => { if (sign !== "　") SOUNDS.set(sign, consonant + "aiueo"[place]); });
  }

  const DIGITS = "〇一二三四五六七八九";
  const NUMERAL = /[〇一二三四五六七八九十百]+(?=丁目|条|線|号|番)/g;

  /* 二十三 -> 23, 一二 -> 12. */
  function number(kanji) {
    if (!/[十百]/.test(kanji)) return [...kanji].map((sign) => DIGITS.indexOf(sign)).join("");
    let sum = 0;
    let ones = 0;
    for (const sign of kanji) {
      const unit = { 十: 10, 百: 100 }[sign];
      if (unit) { sum += (ones || 1) * unit; ones = 0; } else ones = DIGITS.indexOf(sign);
    }
    return String(sum + ones);
  }

  function hiragana(text) {
    return text.replace(/[ァ-ヶ]/g, (kana) => String.fromCharCode(kana.charCodeAt(0) - 0x60));
  }

  /* Width, case, kana of one kind, numbers as digits, 7丁目5番地3号 as 7-5-3. */
  function spelled(text) {
    return hiragana(text.normalize("NFKC").toLowerCase())
      .replace(NUMERAL, number)
      .replace(/[‐‑‒–—―−]|(?<=\d)ー(?=\d)/g, "-")
      .replace(/(\d)\s*(?:丁目|丁(?=\d|$))\s*/g, "$1-")
      .replace(/(\d)\s*(?:番地の?|番|号)\s*/g, "$1-")
      .replace(/(\d)の(?=\d)/g, "$1-")
      .replace(/(\d)[\s-]*(?:cho[-\s]?me|ban(?:chi)?|go)(?![a-z])[\s,]*/g, "$1-")
      .replace(/-{2,}/g, "-");
  }

  /* Rōmaji of any school to one: Hepburn, kunrei, macrons, ou and oh, m before b, n'. */
  function romaji(text) {
    return text.normalize("NFD").replace(/[\u0300-\u036f'’]/g, "")
      .replace(/tch|ch/g, "ty").replace(/sh/g, "sy").replace(/ts/g, "t").replace(/dz/g, "z").replace(/j/g, "zy").replace(/f/g, "h")
      .replace(/([stz])yi/g, "$1i").replace(/zyy/g, "zy").replace(/di/g, "zi").replace(/du/g, "zu").replace(/dy/g, "zy")
      .replace(/l/g, "r").replace(/v/g, "b").replace(/q|c/g, "k").replace(/wo/g, "o")
      .replace(/m(?=[bpm])/g, "n").replace(/oh(?![aiueoy])/g, "o").replace(/ou/g, "o")
      .replace(/([a-z])\1+/g, "$1").normalize("NFC");
  }

  function kanaSounds(text) {
    let out = "";
    for (const sign of text) {
      const small = SMALL[sign];
      if (small) {
        const soft = /[a-z]i$/.test(out) && !small.startsWith("w");
        out = soft ? `${out.slice(0, -1)}y${small.replace("y", "")}` : out.replace(/[aiueo]$/, "") + small;
      } else out += SOUNDS.has(sign) ? SOUNDS.get(sign) : sign;
    }
    return out;
  }

  /* Replaces the longest known words of a text; `words` are [word, kana] pairs. */
  function reader(words) {
    const byFirst = new Map();
    for (const [word, kana] of words) {
      if (!byFirst.has(word[0])) byFirst.set(word[0], []);
      byFirst.get(word[0]).push([word, kana]);
    }
    for (const list of byFirst.values()) list.sort((a, b) => b[0].length - a[0].length);
    return (text) => {
      let out = "";
      for (let i = 0; i < text.length;) {
        const found = (byFirst.get(text[i]) || []).find(([word]) => text.startsWith(word, i));
        out += found ? found[1] : text[i];
        i += found ? found[0].length : 1;
      }
      return out;
    };
  }

  /* A folder for one page. `variants`: pairs of characters; `readings`: [word, kana] pairs. */
  function folder({ variants = "", readings = [] } = {}) {
    const signs = [...variants];
    const modern = new Map();
    for (let i = 0; i + 1 < signs.length; i += 2) modern.set(signs[i], signs[i + 1]);
    const today = (text) => (modern.size ? [...text].map((sign) => modern.get(sign) ?? sign).join("") : text);
    const read = reader(readings.map(([word, kana]) => [today(hiragana(word.normalize("NFKC"))), hiragana(kana.toLowerCase())]));
    const tidy = (text) => text.replace(/(?<!\d)-|-(?!\d)/g, "").replace(/[\s・･,.、。()[\]「」『』"&/]/g, "");
    /* Characters: small kana as large ones, ケ ヶ が alike, without spaces and signs. */
    const plain = (text) => tidy(today(spelled(text)).replace(/[ぁぃぅぇぉっゃゅょゎ]/g, (kana) => "あいうえおつやゆよわ"["ぁぃぅぇぉっゃゅょゎ".indexOf(kana)])
      .replace(/[ゖが]/g, "け").replace(/ー/g, ""));
    /* Sounds: known words read, kana and rōmaji in one spelling; other characters stay. */
    const sound = (text) => romaji(kanaSounds(tidy(read(today(spelled(text))))));
    return { plain, sound };
  }

  /* Machi and chō are two readings of one character, and few know which a town goes by. */
  function anyTown(sound) { return sound.replace(/mati|tyo/g, "#"); }

  /* What a half-typed syllable may become: kurogan.ech -> kuroganet…, sim -> sin… */
  function endings(sound, typed) {
    const ends = [sound];
    if (/[stzd]y$/.test(sound)) ends.push(sound.slice(0, -1));
    if (/c$/i.test(typed)) ends.push(`${sound.slice(0, -1)}t`);
    if (/m$/.test(sound)) ends.push(`${sound.slice(0, -1)}n`);
    if (/oh$/i.test(typed)) ends.push(`${sound}h`);
    return ends;
  }

  return { anyTown, endings, folder, number, spelled };
})();
