package dev.baton.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.platform.Availability;
import java.util.List;
import org.junit.jupiter.api.Test;

class TransportProvidersTest {
    private final TransportProviders providers =
        new TransportProviders(List.of(named("shm", true), named("rdma", false), named("tcp", true), named("aeron", true)));

    @Test
    void shouldTakeSharedMemoryOnOneHostOnly() {
        List<String> offered = List.of("aeron", "tcp", "shm");
        assertEquals("shm", providers.bestOrNull(offered, true));
        assertEquals("tcp", providers.bestOrNull(offered, false));
    }

    @Test
    void shouldTakeOnlyWhatBothEndsHave() {
        assertEquals("aeron", providers.bestOrNull(List.of("aeron"), true));
        assertEquals("tcp", providers.bestOrNull(List.of("rdma", "tcp"), false), "rdma is known here and not present");
        assertNull(providers.bestOrNull(List.of("shm", "carrier-pigeon"), false));
    }

    @Test
    void shouldListWhatIsPresentInOrder() {
        assertEquals(List.of("shm", "rdma", "tcp", "aeron"), providers.schemes());
        assertEquals(List.of("shm", "tcp", "aeron"), providers.schemesPresent());
    }

    @Test
    void shouldNameTheSchemesItKnowsWhenAskedForAnother() {
        IllegalArgumentException ex = assertThrows(IllegalArgumentException.class, () -> providers.provider("ipx"));
        assertTrue(ex.getMessage().contains("scheme=ipx known=[shm, rdma, tcp, aeron]"), ex.getMessage());
    }

    @Test
    void shouldRefuseTwoProvidersOfOneScheme() {
        assertThrows(IllegalArgumentException.class,
            () -> new TransportProviders(List.of(named("tcp", true), named("tcp", true))));
    }

    private static TransportProvider named(String scheme, boolean isPresent) {
        return new TransportProvider() {
            @Override
            public String scheme() {
                return scheme;
            }

            @Override
            public Availability probe() {
                return isPresent ? new Availability.Present(scheme) : new Availability.Absent("no card", "buy one");
            }

            @Override
            public Transport open(TransportContext context) {
                throw new UnsupportedOperationException("only asked for its name here");
            }
        };
    }
}
