/* What is drawn in which order: ground, zones or a surface, lines, facilities, names. */
Landuse.paint = (() => {
  "use strict";

  const { codec, facts, patterns, view } = Landuse;

  const CROWD = 2000; // facilities in view from which badges shrink however near one looks

  /* Where lettering may go when its first place is taken, in pixels. */
  const ABOVE_OR_BELOW = [[0, -14], [0, 14]];
  const ROUND_ABOUT = [[0, 0], [0, -34], [0, 34], [-64, 0], [64, 0], [-64, -34], [0, -64], [-80, -60]];

  function spotOf(frame, [lon, lat]) {
    return [view.screenX(frame, codec.mercatorX(lon)), view.screenY(frame, codec.mercatorY(lat))];
  }

  function paintGround(frame, page) {
    const { shapes } = page;
    const { ground } = page.data.palette;
    const land = shapes.land.features.length ? shapes.land : shapes.neighbours;
    if (!page.tiles) {
      frame.ctx.fillStyle = ground.sea;
      frame.ctx.fillRect(0, 0, frame.width, frame.height);
      view.fill(frame, land, ground.land);
      view.fill(frame, shapes.boundary, ground.city);
    }
    view.stroke(frame, shapes.neighbours, ground.land_line, 1.2, { dash: [6, 3] });
    if (land !== shapes.neighbours) view.stroke(frame, land, ground.water_line, 0.9);
  }

  /* The layers round the city end somewhere; beyond that the map knows nothing. */
  function clipToFrame(frame, page) {
    const { ctx } = frame;
    const [west, south, east, north] = page.data.frame;
    const left = view.screenX(frame, codec.mercatorX(west));
    const top = view.screenY(frame, codec.mercatorY(north));
    const width = view.screenX(frame, codec.mercatorX(east)) - left;
    const height = view.screenY(frame, codec.mercatorY(south)) - top;
    ctx.strokeStyle = page.data.palette.ground.land_line;
    ctx.lineWidth = 2;
    ctx.strokeRect(left, top, width, height);
    ctx.beginPath();
    ctx.rect(left, top, width, height);
    ctx.clip();
  }

  function paintZones(frame, page) {
    const { state, faces, zoneOf } = page;
    frame.ctx.globalAlpha = state.strength;
    page.seams ||= view.seamsOf(faces, zoneOf);
    page.data.zones.forEach((zone, i) => {
      if (!state.zones.has(i)) return;
      view.fill(frame, faces, zone.colour, (face) => zoneOf(face) === i);
      // Where faces of one zone meet, the ground would shine through their edges.
      if (state.strength === 1) view.strokeArcs(frame, faces, page.seams.get(i) || [], zone.colour, 1.6);
      if (state.patterns) view.fill(frame, faces, patterns.fillOf(frame, zone), (face) => zoneOf(face) === i);
    });
    frame.ctx.globalAlpha = 1;
    view.strokeArcs(frame, faces, page.borders, "rgba(255,255,255,0.75)", frame.zoom < 11 ? 0.5 : 1);
  }

  function paintClaims(frame, page) {
    page.data.claims.forEach((claim, bit) => {
      if (!page.state.claims.has(bit)) return;
      const covers = (face) => Math.floor(page.faces.kinds[page.faces.kind[face]].mask / 2 ** bit) % 2 === 1;
      view.fill(frame, page.faces, view.hatch(frame, claim.colour, { step: 8, width: 2, halo: 1.6, rising: bit % 2 === 0 }), covers);
      page.claimBorders ||= new Map();
      if (!page.claimBorders.has(bit)) page.claimBorders.set(bit, view.bordersOf(page.faces, covers));
      view.strokeArcs(frame, page.faces, page.claimBorders.get(bit), claim.colour, 1.6);
    });
  }

  function paintWater(frame, page) {
    const { ground } = page.data.palette;
    view.fill(frame, page.shapes.lakes, ground.water);
    view.stroke(frame, page.shapes.lakes, ground.water_line, 1);
    view.stroke(frame, page.shapes.rivers, ground.water_line, frame.zoom < 11 ? 1.3 : 2.4, { closed: false });
  }

  function paintLines(frame, page) {
    const { data, shapes, state } = page;
    const { ground } = data.palette;
    const wide = frame.zoom < 10.5 ? 0.6 : frame.zoom < 12.5 ? 1 : 1.7;
    if (state.ground.has("railways")) {
      view.stroke(frame, shapes.railways, "#FFFFFF", 4 * wide, { closed: false });
      view.stroke(frame, shapes.railways, ground.railway, 2.6 * wide, { closed: false });
      view.stroke(frame, shapes.railways, "#FFFFFF", 1.5 * wide, { closed: false, dash: [7, 7] });
    }
    if (state.ground.has("roads")) {
      const fast = (i) => data.ground.roads.kinds[i] === "expressway";
      const slow = (i) => !fast(i);
      view.stroke(frame, shapes.roads, "#FFFFFF", 3.4 * wide, { closed: false, wanted: slow });
      view.stroke(frame, shapes.roads, ground.trunk, 1.9 * wide, { closed: false, wanted: slow });
      view.stroke(frame, shapes.roads, "#FFFFFF", 5.2 * wide, { closed: false, wanted: fast });
      view.stroke(frame, shapes.roads, ground.expressway, 3.6 * wide, { closed: false, wanted: fast });
      view.stroke(frame, shapes.roads, "#FFFFFF", 0.9 * wide, { closed: false, wanted: fast });
    }
  }

  function paintBorders(frame, page) {
    const { shapes, state } = page;
    const { ground } = page.data.palette;
    if (state.ground.has("districts")) view.stroke(frame, shapes.districts, ground.district, 1.4, { dash: [8, 3, 2, 3] });
    view.stroke(frame, shapes.boundary, "rgba(255,255,255,0.85)", 4.5);
    view.stroke(frame, shapes.boundary, ground.boundary, 2);
  }

  function paintChosen(frame, page) {
    const { chosen } = page;
    if (!chosen) return;
    if (chosen.face >= 0) {
      const only = (face) => face === chosen.face;
      const wide = frame.zoom < 11 ? 0.6 : 1;
      view.stroke(frame, page.faces, "#1D1B20", 5 * wide, { wanted: only });
      view.stroke(frame, page.faces, "#FFD400", 2.6 * wide, { wanted: only });
    }
    if (chosen.cell >= 0 && frame.zoom >= 12) {
      const [west, south, east, north] = facts.cellBox(page.cells, chosen.cell);
      const left = view.screenX(frame, codec.mercatorX(west));
      const top = view.screenY(frame, codec.mercatorY(north));
      frame.ctx.strokeStyle = "#C81E1E";
      frame.ctx.lineWidth = 2;
      frame.ctx.strokeRect(left, top, view.screenX(frame, codec.mercatorX(east)) - left, view.screenY(frame, codec.mercatorY(south)) - top);
    }
  }

  /* Facilities in view that a shown service asks for, with the sign of the first such one. */
  function visibleFacilities(frame, page) {
    const seen = [];
    for (const facility of page.data.facilities) {
      if (facility.lon === null) continue;
      const service = facility.services.find((one) => page.state.services.has(one));
      const isChosen = page.chosen && page.chosen.facility === facility;
      if (service === undefined && !isChosen) continue;
      const x = view.screenX(frame, codec.mercatorX(facility.lon));
      const y = view.screenY(frame, codec.mercatorY(facility.lat));
      if (x > -20 && y > -20 && x < frame.width + 20 && y < frame.height + 20) {
        seen.push({ facility, place: service ?? facility.services[0], x, y, isChosen });
      }
    }
    const rank = (one) => (one.isChosen ? -1 : one.place);
    seen.sort((a, b) => rank(a) - rank(b));
    return seen.map((one) => ({ ...one, service: page.data.services[one.place] }));
  }

  /* Squares of one size that are held, found among their neighbours only. */
  function spacing(size) {
    const held = new Map();
    const at = (x, y) => held.get(`${x},${y}`) || [];
    const square = (value) => Math.floor(value / size);
    return {
      hold(x, y) { held.set(`${square(x)},${square(y)}`, [...at(square(x), square(y)), [x, y]]); },
      meets(x, y) {
        const near = [-1, 0, 1].flatMap((i) => [-1, 0, 1].flatMap((j) => at(square(x) + i, square(y) + j)));
        return near.some(([u, v]) => Math.abs(u - x) < size && Math.abs(v - y) < size);
      },
    };
  }

  /* Where badges would cover each other the later ones shrink to dots; services that stand
     first in the list, and hubs, keep their signs. Dots in the same place are drawn once. */
  function paintFacilities(frame, page, letters) {
    const seen = visibleFacilities(frame, page);
    const badges = spacing(16);
    const dots = spacing(2);
    const shrinks = frame.zoom < 15 || seen.length > CROWD;
    for (const one of seen) {
      const { x, y } = one;
      one.small = !one.isChosen && shrinks && badges.meets(x, y);
      one.hidden = one.small && dots.meets(x, y);
      if (one.hidden) continue;
      (one.small ? dots : badges).hold(x, y);
      if (!one.small) letters.reserve([x - 11, y - 11, x + 11, y + 11]);
    }
    for (const small of [true, false]) {
      for (const one of seen.filter((each) => each.small === small && !each.hidden).reverse()) {
        const { x, y, service, isChosen } = one;
        view.badge(frame, x, y, { sign: service.sign, hub: service.kind === "hub", small, chosen: isChosen });
      }
    }
    page.targets = seen.map(({ facility, x, y, small }) => ({ facility, x: x + frame.left, y: y + frame.top, small }));
    return seen;
  }

  /* Stations, airport, port: rings under the badges, their names later. */
  function paintPoints(frame, page) {
    const { data, state } = page;
    const { ground } = data.palette;
    const { ctx } = frame;
    const ring = (point, size, colour) => {
      ctx.beginPath();
      ctx.arc(...spotOf(frame, [point.lon, point.lat]), size, 0, 2 * Math.PI);
      ctx.fillStyle = "#FFFFFF";
      ctx.fill();
      ctx.lineWidth = 1.8;
      ctx.strokeStyle = colour;
      ctx.stroke();
    };
    if (state.ground.has("stations") && frame.zoom >= 9) {
      data.ground.stations.forEach((station) => ring(station, frame.zoom < 11 ? 2.2 : 3.6, ground.railway));
    }
    if (state.ground.has("gateways")) data.ground.gateways.forEach((gate) => ring(gate, 3.4, ground.expressway));
  }

  function namePoints(frame, page, letters) {
    const { data, state } = page;
    const { ground } = data.palette;
    const name = (point, colour) => {
      const [x, y] = spotOf(frame, [point.lon, point.lat]);
      letters.write({ lines: [{ text: point.ja, size: 12, weight: 600, colour }] }, x, y, ABOVE_OR_BELOW);
    };
    if (state.ground.has("gateways")) {
      for (const gate of data.ground.gateways) {
        if (frame.zoom >= (gate.kind === "airport" ? 9.5 : 11.5)) name(gate, ground.expressway);
      }
    }
    if (state.ground.has("stations") && frame.zoom >= 11.5) data.ground.stations.forEach((station) => name(station, ground.text));
  }

  function writeDistricts(frame, page, letters) {
    const { data } = page;
    const { text } = data.palette.ground;
    if (frame.zoom >= 12) return;
    data.ground.districts.at.forEach((spot, i) => {
      const [ja, en] = data.ground.districts.names[i];
      const lines = [{ text: ja, size: 17, weight: 700, colour: text }, { text: en, size: 11, weight: 500, colour: text }];
      letters.write({ lines }, ...spotOf(frame, spot), ROUND_ABOUT);
    });
  }

  function writeNames(frame, page, letters) {
    const { data } = page;
    const { ground } = data.palette;
    data.ground.neighbours.at.forEach((spot, i) => {
      const [ja, en] = data.ground.neighbours.names[i];
      const lines = [{ text: ja, size: 13, weight: 500, colour: ground.neighbour_text }, { text: en, size: 10, colour: ground.neighbour_text }];
      letters.write({ lines }, ...spotOf(frame, spot), ROUND_ABOUT);
    });
    data.ground.lakes.at.forEach((spot, i) => {
      const [ja] = data.ground.lakes.names[i];
      if (frame.zoom >= 9) letters.write({ lines: [{ text: ja, size: 12, weight: 600, style: "italic", colour: "#1F4E79" }] }, ...spotOf(frame, spot), ABOVE_OR_BELOW);
    });
  }

  function writeTowns(frame, page, letters) {
    if (frame.zoom < 12.5) return;
    const { ground } = page.data.palette;
    for (const town of page.towns) {
      const x = view.screenX(frame, codec.mercatorX(town.lon));
      const y = view.screenY(frame, codec.mercatorY(town.lat));
      if (x > 0 && y > 0 && x < frame.width && y < frame.height) {
        letters.write({ lines: [{ text: town.name, size: frame.zoom < 14 ? 11.5 : 13, weight: 500, colour: ground.text }] }, x, y);
      }
    }
  }

  function nameFacilities(frame, page, letters, seen) {
    const { ground } = page.data.palette;
    for (const { facility, x, y, isChosen, small } of seen) {
      if ((frame.zoom >= 14 && !small) || isChosen) {
        letters.write({ lines: [{ text: facility.name, size: 12, weight: 600, colour: ground.text }] }, x, y, [[0, 18], [0, -18]]);
      }
    }
  }

  /* What other modules paint: `under` the water, `areas` on it, `marks` on lines, `over` everything. */
  function paintFurther(frame, page, where) {
    for (const painter of page.painters[where]) painter(frame, page);
  }

  function all(frame, page) {
    const { state } = page;
    frame.ctx.clearRect(0, 0, frame.width, frame.height);
    frame.ctx.save();
    if (!page.tiles) clipToFrame(frame, page);
    paintGround(frame, page);
    if (state.paint === "zones") (page.painters.zones || paintZones)(frame, page);
    else if (page.surface) {
      view.paintSurface(frame, page.surface, page.cells, page.data.palette.standard.no_data, state.strength);
      view.strokeArcs(frame, page.faces, page.borders, "rgba(60,50,70,0.28)", 0.8);
    }
    paintClaims(frame, page);
    paintFurther(frame, page, "under");
    paintWater(frame, page);
    paintFurther(frame, page, "areas");
    paintLines(frame, page);
    paintBorders(frame, page);
    paintFurther(frame, page, "marks");
    paintChosen(frame, page);
    const letters = view.lettering(frame);
    if (page.chosen && !page.chosen.facility) {
      const [x, y] = spotOf(frame, [page.chosen.lon, page.chosen.lat]);
      letters.reserve([x - 10, y - 30, x + 10, y]);
    }
    paintPoints(frame, page);
    const seen = paintFacilities(frame, page, letters);
    if (page.chosen && !page.chosen.facility) {
      view.pin(frame, view.screenX(frame, codec.mercatorX(page.chosen.lon)), view.screenY(frame, codec.mercatorY(page.chosen.lat)));
    }
    if (state.ground.has("names")) writeDistricts(frame, page, letters);
    namePoints(frame, page, letters);
    if (state.ground.has("names")) writeNames(frame, page, letters);
    nameFacilities(frame, page, letters, seen);
    if (state.ground.has("names")) writeTowns(frame, page, letters);
    paintFurther(frame, page, "over");
    frame.ctx.restore();
  }

  function classOf(scale, value) {
    const place = scale.limits.findIndex((limit) => value <= limit);
    return scale.colours[place < 0 ? scale.limits.length : place];
  }

  function peopleClass(scale, tenths) {
    if (tenths < 0) return "hatch";
    if (tenths === 0) return "";
    const place = scale.limits.findIndex((limit) => tenths < limit * 10);
    return scale.colours[place < 0 ? scale.limits.length : place];
  }

  async function surfaceOf(page) {
    const { cells, data, state } = page;
    const { palette } = data;
    if (state.paint === "zones" || !cells) return null;
    if (state.paint === "people" || state.paint === "elderly") {
      return view.surfaceImage(cells, (cell) => peopleClass(palette.people, cells[state.paint][cell]), () => false);
    }
    const service = data.services[state.service];
    const { mode, season } = Landuse.season.drawn(page);
    const minutes = await facts.timesOf(cells, service.key, mode, season);
    if (!minutes) return null;
    const colour = state.paint === "minutes"
      ? (value) => classOf(palette.minutes, value)
      : (value) => (value <= service.within ? palette.standard.within : palette.standard.beyond);
    return view.surfaceImage(
      cells,
      (cell) => (minutes[cell] > cells.last_minute ? "hatch" : colour(minutes[cell])),
      (cell) => cells.people[cell] === 0,
    );
  }

  return { all, surfaceOf, zones: paintZones };
})();
