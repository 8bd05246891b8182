// The layers of a map of hotspots, on a light or a dark ground.

geoalloc.HotspotLayers = class extends geoalloc.Layers {
  static RANKED = 20; // numbers on the whole map; four times as many each zoom closer
  static NAMED = 2; // zooms from the whole map to names of hotspots, if towns have theirs
  static MAJOR = 8; // names that come before those of hotspots
  static LONGEST = 26; // characters of a name on the map
  static WIDE = 7; // pixels from the center of a hex to its corners: lines in full

  constructor(map, data, hexes, choose) {
    super(map, data, hexes, choose);
    this.ground();
    const districts = geoalloc.codec.lines(data.areas.district);
    this.groups.districts = this.lines(districts, "context", "dark", 1.3,
      { opacity: 0.75 });
    this.hasDistricts = districts.length > 0;
    this.addHotspots("spot");
    this.addPlaces();
    this.addSpotNames();
    this.label(this.order());
  }

  addSpotNames() {
    const { LONGEST, NAMED, RANKED } = geoalloc.HotspotLayers;
    const spots = this.data.hotspots.filter((one) => one.hexes.length);
    this.spotNames = [];
    spots.forEach((spot, k) => {
      const rank = this.ranks[k];
      rank.zooms = Math.max(0, Math.log((k + 1) / RANKED) / Math.log(4));
      if (spot.place === spot.gridRef) return; // no name, only where it is
      const text = spot.place.length > LONGEST
        ? `${spot.place.slice(0, LONGEST - 1).trimEnd()}…` : spot.place;
      const item = this.named(text, spot.at, "spot-name", "600 11px", 14);
      item.rank = rank;
      item.zooms = Math.max(rank.zooms, this.places.length ? NAMED : 0);
      this.spotNames.push(item);
    });
    this.groups.hotspots.addLayer(
      L.layerGroup(this.spotNames.map((item) => item.made)));
  }

  /** Names of hotspots stand beside their number, wherever that found room. */
  beside() {
    for (const item of this.spotNames) {
      const { rank: { offset, element }, width: w } = item, [x, y] = offset || [];
      item.tries = element.hidden ? [] : [[x + 21, y + 2], [x - w - 3, y + 2],
        [x + 9 - w / 2, y + 20], [x + 9 - w / 2, y - 15]];
    }
    return this.has("hotspots");
  }

  order() {
    const { MAJOR } = geoalloc.HotspotLayers, places = () => this.has("places");
    return [
      { items: this.ranks, shown: () => this.has("hotspots"), gap: () => 0 },
      { items: this.places.slice(0, MAJOR), shown: places, gap: () => 2 },
      { items: this.spotNames, shown: () => this.beside(), gap: () => 2 },
      { items: this.places.slice(MAJOR), shown: places, gap: (zoom) => this.sparse(zoom) },
    ];
  }

  resize() {
    const across = this.hexes.radius * 2 ** this.map.getZoom();
    this.grow = Math.min(1, Math.max(0.6, across / geoalloc.HotspotLayers.WIDE));
    for (const item of [...this.ranks, ...this.spotNames]) {
      item.from = item.zooms ? this.whole + item.zooms : -Infinity;
      item.until = Infinity;
    }
    super.resize();
  }

  trace(lines) {
    super.trace(lines, "chosen");
  }

  /** Mark the number of the hotspot that is chosen; none if it is undefined. */
  mark(spot) {
    const spots = this.data.hotspots.filter((one) => one.hexes.length);
    this.ranks.forEach((item, k) =>
      item.element.classList.toggle("chosen", spots[k] === spot));
  }
};
