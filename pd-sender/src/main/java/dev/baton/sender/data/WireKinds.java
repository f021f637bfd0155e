package dev.baton.sender.data;

import dev.baton.buffer.codec.LosslessRuns;
import dev.baton.kv.CellMap;
import dev.baton.kv.LayerGroup;
import dev.baton.memory.RunCodec;
import java.util.Set;

/** What the bytes of each layer group are made of, as lanes that encode are told. Immutable; safe to share. */
public final class WireKinds {
    private final Set<String> plainGroups;

    /** @param plainGroups names of layer groups that go as they are over every lane */
    public WireKinds(Set<String> plainGroups) {
        this.plainGroups = Set.copyOf(plainGroups);
    }

    /** Of one cell's bytes, as {@link RunCodec} numbers it. */
    int of(CellMap cells, int cell) {
        LayerGroup group = cells.pairing().targetLayout().group(cells.group(cell));
        return plainGroups.contains(group.name()) ? RunCodec.PLAIN : LosslessRuns.kind(group);
    }
}
