/* Lengths and areas on the ellipsoid GRS 80, as JGD2011 has it: never in degrees or Mercator. */
Landuse.geodesy = (() => {
  "use strict";

  const A = 6378137;
  const F = 1 / 298.257222101;
  const B = A * (1 - F);
  const E2 = F * (2 - F);
  const E = Math.sqrt(E2);
  const RAD = Math.PI / 180;

  /* Metres of the geodesic between two points [lon, lat]: Vincenty (1975), to the millimetre.
     It does not converge for points on opposite sides of the Earth, which no city has. */
  function distance([lon1, lat1], [lon2, lat2]) {
    const span = (lon2 - lon1) * RAD;
    const u1 = Math.atan((1 - F) * Math.tan(lat1 * RAD));
    const u2 = Math.atan((1 - F) * Math.tan(lat2 * RAD));
    let lambda = span;
    for (let round = 0; round < 100; round += 1) {
      const step = vincentyStep(u1, u2, lambda, span);
      if (!step.sinSigma) return 0;
      if (Math.abs(step.lambda - lambda) < 1e-12) return vincentyLength(step);
      lambda = step.lambda;
    }
    return NaN;
  }

  function vincentyStep(u1, u2, lambda, span) {
    const sinSigma = Math.hypot(
      Math.cos(u2) * Math.sin(lambda),
      Math.cos(u1) * Math.sin(u2) - Math.sin(u1) * Math.cos(u2) * Math.cos(lambda),
    );
    if (!sinSigma) return { sinSigma };
    const cosSigma = Math.sin(u1) * Math.sin(u2) + Math.cos(u1) * Math.cos(u2) * Math.cos(lambda);
    const sigma = Math.atan2(sinSigma, cosSigma);
    const sinAlpha = (Math.cos(u1) * Math.cos(u2) * Math.sin(lambda)) / sinSigma;
    const cos2Alpha = 1 - sinAlpha ** 2;
    const cosMiddle = cos2Alpha ? cosSigma - (2 * Math.sin(u1) * Math.sin(u2)) / cos2Alpha : 0;
    const c = (F / 16) * cos2Alpha * (4 + F * (4 - 3 * cos2Alpha));
    const bend = sigma + c * sinSigma * (cosMiddle + c * cosSigma * (2 * cosMiddle ** 2 - 1));
    return { sinSigma, cosSigma, sigma, cos2Alpha, cosMiddle, lambda: span + (1 - c) * F * sinAlpha * bend };
  }

  function vincentyLength({ sinSigma, cosSigma, sigma, cos2Alpha, cosMiddle }) {
    const k = (cos2Alpha * (A ** 2 - B ** 2)) / B ** 2;
    const a = 1 + (k / 16384) * (4096 + k * (k * (320 - 175 * k) - 768));
    const b = (k / 1024) * (256 + k * (k * (74 - 47 * k) - 128));
    const cubic = (b / 6) * cosMiddle * (4 * sinSigma ** 2 - 3) * (4 * cosMiddle ** 2 - 3);
    const delta = b * sinSigma * (cosMiddle + (b / 4) * (cosSigma * (2 * cosMiddle ** 2 - 1) - cubic));
    return B * a * (sigma - delta);
  }

  function length(points) {
    return points.reduce((sum, point, i) => (i ? sum + distance(points[i - 1], point) : 0), 0);
  }

  /* q of Snyder (1987), eq. 3-12: equal areas of the ellipsoid between parallels. */
  function authalic(lat) {
    const s = Math.sin(lat);
    return (1 - E2) * (s / (1 - E2 * s * s) - Math.log((1 - E * s) / (1 + E * s)) / (2 * E));
  }

  const POLE = authalic(Math.PI / 2);
  const RADIUS = A * Math.sqrt(POLE / 2);

  /* Square metres within a ring of points [lon, lat]: Lambert's azimuthal equal-area map of
     the ellipsoid (Snyder 1987, p. 187) about the middle of the ring, where straight lines
     are geodesics but for their fifth digit. */
  function area(points) {
    if (points.length < 3) return 0;
    const middle = [0, 1].map((axis) => points.reduce((sum, point) => sum + point[axis], 0) / points.length);
    const beta0 = Math.asin(authalic(middle[1] * RAD) / POLE);
    const flat = points.map(([lon, lat]) => {
      const beta = Math.asin(authalic(lat * RAD) / POLE);
      const span = (lon - middle[0]) * RAD;
      const scale = RADIUS * Math.sqrt(2 / (1 + Math.sin(beta0) * Math.sin(beta) + Math.cos(beta0) * Math.cos(beta) * Math.cos(span)));
      return [
        scale * Math.cos(beta) * Math.sin(span),
        scale * (Math.cos(beta0) * Math.sin(beta) - Math.sin(beta0) * Math.cos(beta) * Math.cos(span)),
      ];
    });
    return Math.abs(flat.reduce((sum, [x, y], i) => {
      const [nextX, nextY] = flat[(i + 1) % flat.length];
      return sum + x * nextY - nextX * y;
    }, 0)) / 2;
  }

  /* Whether the outline through some points crosses itself: its area would then mean nothing. */
  function crossesItself(points) {
    const side = ([ax, ay], [bx, by], [cx, cy]) => Math.sign((bx - ax) * (cy - ay) - (by - ay) * (cx - ax));
    const edge = (i) => [points[i], points[(i + 1) % points.length]];
    for (let i = 0; i < points.length; i += 1) {
      for (let j = i + 2; j < points.length; j += 1) {
        if (i === 0 && j === points.length - 1) continue;
        const [a, b] = edge(i);
        const [c, d] = edge(j);
        if (side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0) return true;
      }
    }
    return false;
  }

  return { area, crossesItself, distance, length };
})();
