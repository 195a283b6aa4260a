/* Links, frames and languages: a page that can be passed on. */
Landuse.share = (() => {
  "use strict";

  return {};
})();
