/* Layers of the user's own: drawn over the zones, listed in the layer control, told at a click. */
Landuse.parts.push(() => {});
