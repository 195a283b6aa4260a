/* What only the office sees: filters, measuring, comparing, downloads. */
Landuse.staff = (() => {
  "use strict";

  return {};
})();
