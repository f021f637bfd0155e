package dev.baton.receiver.core;

import org.agrona.DirectBuffer;
import org.agrona.collections.Long2ObjectHashMap;

import dev.baton.buffer.codec.ImageShape;
import dev.baton.buffer.tier.BlockName;
import dev.baton.buffer.tier.coded.RecordShapes;
import dev.baton.kv.DimensionOrder;
import dev.baton.kv.ShardedLayout;

/**
 * What the slices that {@link SliceNames} names are of a block: where one is as long as the whole image of its group and shard, that
 * image; a piece of one is a row of its elements, and nothing more is known. Control agent's thread.
 */
public final class SliceShapes implements RecordShapes {
    private static final int LENGTH_BITS = 32;

    private final ShardedLayout layout;
    /** By place and length. */
    private final Long2ObjectHashMap<ImageShape> known = new Long2ObjectHashMap<>();

    public SliceShapes(ShardedLayout layout) {
        this.layout = layout;
    }

    @Override
    public ImageShape of(DirectBuffer name, int nameOffset, long lengthBytes) {
        long place = name.getLong(nameOffset + BlockName.LAYOUT_OFFSET + Long.BYTES);
        boolean isLink = place == SliceNames.LINK_PLACE;
        int group = isLink ? 0 : (int) (place >>> SliceNames.GROUP_SHIFT);
        int shard = isLink ? 0 : (int) (place >>> SliceNames.TARGET_SHARD_SHIFT) & 0xffff;
        long key = ((long) group << 16 | shard) << LENGTH_BITS | lengthBytes;
        ImageShape shape = known.get(key);
        if (shape == null) {
            shape = made(group, shard, lengthBytes);
            known.put(key, shape);
        }
        return shape;
    }

    private ImageShape made(int group, int shard, long lengthBytes) {
        ImageShape image = ImageShape.of(layout.layout(), layout.sharding(), shard, group, layout.layout().blockTokens());
        return image.lengthBytes() == lengthBytes ? image
            : new ImageShape(image.elements(), DimensionOrder.NHD, 1, 1, 1, Math.toIntExact(lengthBytes), 0, image.isMixed());
    }
}
