package dev.baton.sim.check;

/**
 * A whole state: an image of each part of the world, as {@link HeapWalk} knows them. A part that has not changed since
 * the image before is that image's, and is written over with it: what is to last is {@link #kept}.
 */
final class WorldImage {
    final HeapImage[] parts;
    /** What this one writes on again and again. */
    private final HeapImage[] own;

    WorldImage(int partCount) {
        parts = new HeapImage[partCount];
        own = new HeapImage[partCount];
    }

    /** Where to write that part down; it is this image's from now on. */
    HeapImage write(int part) {
        if (own[part] == null) {
            own[part] = new HeapImage();
        }
        parts[part] = own[part];
        return own[part];
    }

    /**
     * What it is now, for good.
     *
     * @param before the state before it: what is as it was there is kept but once
     */
    KeptPart[] kept(WorldImage before) {
        KeptPart[] all = new KeptPart[parts.length];
        for (int i = 0; i < all.length; i++) {
            all[i] = parts[i].kept(before.parts[i]);
        }
        return all;
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
