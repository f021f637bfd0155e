package dev.baton.receiver.core;

import dev.baton.buffer.reserve.Reservation;
import dev.baton.buffer.slab.RunMap;
import dev.baton.memory.ExtentRun;

/** Where a grant lies, as both ends count it. */
final class GrantedRuns {
    private GrantedRuns() {}

    static RunMap of(Reservation reservation, int extentBytes) {
        RunMap runs = new RunMap(reservation.shardCount(), extentBytes);
        for (int shard = 0; shard < reservation.shardCount(); shard++) {
            for (int i = 0; i < reservation.runCount(shard); i++) {
                long run = reservation.run(shard, i);
                runs.add(shard, ExtentRun.slabId(run), ExtentRun.firstExtent(run), ExtentRun.extentCount(run));
            }
        }
        return runs;
    }
}
