/* The sheet for printing. */
Landuse.sheet = (() => {
  "use strict";

  return {};
})();
