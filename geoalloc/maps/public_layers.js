// The layers of a public map, on a light or a dark ground.

geoalloc.PublicLayers = class extends geoalloc.Layers {
  constructor(map, data, hexes, choose) {
    super(map, data, hexes, choose);
    this.ground();
    const districts = geoalloc.codec.lines(data.areas.district);
    this.groups.districts = this.lines(districts, "context", "dark", 1.3,
      { opacity: 0.75 });
    this.hasDistricts = districts.length > 0;
    this.addPlaces();
    this.label([{ items: this.places, shown: () => this.has("places"),
      gap: (zoom) => this.sparse(zoom) }]);
  }

  trace(lines) {
    super.trace(lines, "chosen");
  }
};
