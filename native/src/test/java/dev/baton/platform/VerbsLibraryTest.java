package dev.baton.platform;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The library as it was built, and what it says where no device is. What needs one is tested with the lanes. */
class VerbsLibraryTest {
    @Test
    void shouldSayWhatWasMissingWhereItWasNotBuilt() {
        Availability availability = VerbsLibrary.availability();
        if (availability instanceof Availability.Absent absent) {
            assertFalse(absent.reason().isBlank());
            assertFalse(absent.remedy().isBlank());
            assertThrows(IOException.class, VerbsLibrary::extract);
        } else {
            assertTrue(availability.describe().endsWith("libdisni.so"), availability::describe);
        }
    }

    @Test
    void shouldNameTheCallAndItsErrorAndNeverFollowNoHandle() throws IOException {
        assumeTrue(VerbsLibrary.availability().isPresent(), VerbsLibrary.availability()::describe);
        Path file = VerbsLibrary.extract();
        VerbsExtension extension;
        try {
            extension = new VerbsExtension(file);
        } catch (IllegalArgumentException ex) {
            assumeTrue(false, "libibverbs and librdmacm are not here: " + ex.getMessage());
            return;
        } finally {
            Files.delete(file);
        }
        IOException ex = assertThrows(IOException.class, () -> extension.register(0, 4096, 4096, 1));
        assertTrue(ex.getMessage().startsWith("ibv_reg_mr failed: errno=22"), ex.getMessage());
        assertThrows(IOException.class, () -> extension.registerDmabuf(0, 0, 4096, 0, 3, 1));
        assertThrows(IOException.class, () -> extension.bind(0, "::1", 0));
        assertThrows(IOException.class, () -> extension.connect(0, 7, 7, new byte[8]));
        assertThrows(IOException.class, () -> extension.reject(0, new byte[0]));
        assertThrows(IOException.class, () -> extension.typeOfService(1, 256));
        assertThrows(IOException.class, () -> extension.device(0));
        assertThrows(IOException.class, () -> extension.port(0, 1));
        assertThrows(IOException.class, () -> extension.queuePair(0));
        assertThrows(IOException.class, () -> extension.breakQueuePair(0));
        assertThrows(IOException.class, () -> extension.nextAsyncEventOrNull(0, 0));
        assertEquals(0, extension.lastConnectionEvent().privateData().remaining(), "this thread took no event");
    }
}
