package dev.baton.memory.cuda;

import dev.baton.memory.Copier;
import dev.baton.memory.MemoryLedger;
import dev.baton.memory.Region;
import dev.baton.memory.Regions;
import dev.baton.platform.Doctor;

/** What any process does at its start, with CUDA's front door in sight and nobody asking. */
final class QuietMain {
    private QuietMain() {}

    public static void main(String[] args) throws ClassNotFoundException {
        Class.forName(Cuda.class.getName());
        try (Region region = Regions.anonymous(new MemoryLedger(), "quiet", 4096)) {
            Copier.best().crc(region.address(), region.lengthBytes(), 0);
        }
        System.out.println(Doctor.ofThisMachine(0).findings().isEmpty() ? "NOTHING" : "QUIET");
    }
}
