package dev.baton.transport.rdma.shared;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * The file behind a range of this process's memory.
 *
 * @param path        of the file
 * @param offset      of the range's first byte in it
 */
record MappedFile(Path path, long offset) {
    private static final int FIELDS = 6;
    private static final int HEX = 16;

    /** As the kernel tells; null where the range is not wholly in one file. */
    static MappedFile ofOrNull(long address, long lengthBytes) throws IOException {
        return ofOrNull(Files.readAllLines(Path.of("/proc/self/maps")), address, lengthBytes);
    }

    /**
     * The same of lines of {@code /proc/self/maps}, which are in order of address.
     * <pre>
     *   7f0c00000000-7f0c40000000 rw-s 00000000 00:17 42          /dev/shm/baton/baton-0000000000000007-0000.slab
     * </pre>
     */
    static MappedFile ofOrNull(List<String> lines, long address, long lengthBytes) {
        MappedFile found = null;
        long reached = address;
        for (String line : lines) {
            String[] fields = line.split(" +", FIELDS);
            int dash = fields[0].indexOf('-');
            long from = Long.parseUnsignedLong(fields[0].substring(0, dash), HEX);
            long to = Long.parseUnsignedLong(fields[0].substring(dash + 1), HEX);
            if (Long.compareUnsigned(to, reached) <= 0) {
                continue;
            }
            boolean isShared = fields[1].toLowerCase(Locale.ROOT).endsWith("s");
            if (Long.compareUnsigned(from, reached) > 0 || !isShared || fields.length < FIELDS
                || fields[FIELDS - 1].endsWith(" (deleted)")) {
                return null;
            }
            long offset = Long.parseUnsignedLong(fields[2], HEX) + reached - from;
            Path path = Path.of(fields[FIELDS - 1]);
            if (found == null) {
                found = new MappedFile(path, offset);
            } else if (!found.path.equals(path) || offset != found.offset + reached - address) {
                return null;
            }
            reached = to;
            if (Long.compareUnsigned(reached, address + lengthBytes) >= 0) {
                return found;
            }
        }
        return null;
    }
}
