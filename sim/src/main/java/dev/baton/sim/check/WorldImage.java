package dev.baton.sim.check;

/**
 * A whole state: an image of each part of the world, as {@link HeapWalk} knows them. A part that has not changed since
 * the image before is that image's.
 */
final class WorldImage {
    final HeapImage[] parts;
    /** What this one writes on again and again; none in what is kept. */
    private final HeapImage[] own;

    WorldImage(int partCount) {
        this(new HeapImage[partCount], new HeapImage[partCount]);
    }

    private WorldImage(HeapImage[] parts, HeapImage[] own) {
        this.parts = parts;
        this.own = own;
    }

    /** Where to write that part down; it is this image's from now on. */
    HeapImage write(int part) {
        if (own[part] == null) {
            own[part] = new HeapImage();
        }
        parts[part] = own[part];
        return own[part];
    }

    /** What it is now, for good: what others keep already is shared with them. */
    WorldImage kept() {
        HeapImage[] all = new HeapImage[parts.length];
        for (int i = 0; i < all.length; i++) {
            all[i] = isOwn(i) ? own[i].kept() : parts[i];
        }
        return new WorldImage(all, null);
    }

    @SuppressWarnings("ReferenceEquality")   // which image it is
    private boolean isOwn(int part) {
        return parts[part] == own[part];
    }

    /** The state in 64 bits, never 0. */
    long fingerprint() {
        Mix mix = new Mix();
        for (HeapImage part : parts) {
            mix.add(part.fingerprint());
        }
        return mix.value();
    }
}
