"""Speed of geoalloc against named peers that give the same answer."""
