package dev.baton.sender.core;

/**
 * CRC32C of the images of one staged block, each noted when it first went out whole. A block that is kept carries them
 * along, so that a byte of it that changed meanwhile is noticed before it is told as right. Control agent's thread.
 */
public final class ImageCrcs {
    private final int[] crcs;
    private final boolean[] isKnown;

    public ImageCrcs(int imageCount) {
        crcs = new int[imageCount];
        isKnown = new boolean[imageCount];
    }

    /** Whether the image is as it was when it first went out; that may be now. */
    boolean isAsBefore(int image, int crc) {
        if (!isKnown[image]) {
            isKnown[image] = true;
            crcs[image] = crc;
        }
        return crcs[image] == crc;
    }
}
