package dev.baton.receiver.core;

import java.util.ArrayList;
import java.util.List;

import dev.baton.kv.CellMap;

/** What the leader awaits of its members for one reservation. */
final class GangShare {
    final CellMap map;
    /** Members that know of it, and are still there. */
    final List<GangSeat> told;
    /** A member that had some of it is gone. */
    boolean isBroken;
    /** Of those, who has yet to say that nothing more lands there. */
    final List<GangSeat> revoking = new ArrayList<>();
    /** Of those, whose engine has yet to release it. */
    final List<GangSeat> reading = new ArrayList<>();

    GangShare(CellMap map, List<GangSeat> members) {
        this.map = map;
        told = new ArrayList<>(members);
    }
}
