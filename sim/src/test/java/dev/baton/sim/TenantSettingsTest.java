package dev.baton.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.buffer.LayoutOptions;
import dev.baton.buffer.reserve.TenantLimits;
import dev.baton.buffer.reserve.TenantPolicy;
import dev.baton.receiver.ReceiverOptions;
import dev.baton.sim.report.ExitCode;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** Who shares a receiver's pool, read from a YAML file. */
class TenantSettingsTest {
    private final StringWriter err = new StringWriter();
    private Receiver receiver;

    @TempDir
    private Path folder;

    /** A receiver's settings, up to the moment in which it would start. */
    @CommandLine.Command(name = "receiver")
    private static final class Receiver implements Runnable {
        @CommandLine.Option(names = "--config")
        private Path config;

        @CommandLine.Mixin
        private ReceiverOptions options = new ReceiverOptions();

        @CommandLine.Mixin
        private LayoutOptions layout = new LayoutOptions();

        private TenantLimits tenants;

        @Override
        public void run() {
            tenants = options.context(layout.layout()).admission().tenants();
        }
    }

    @Test
    void shouldReadSharesAndQuotasFromAListOrALine() throws IOException {
        assertEquals(ExitCode.DONE, run("tenants: [c0ffee=2:4GiB, 1e5=3]", "tenant-quota: 512MiB"), err::toString);
        Map<Long, TenantPolicy> known = Map.of(0xC0FFEEL, new TenantPolicy(2, 4L << 30), 0x1E5L,
            new TenantPolicy(3, Long.MAX_VALUE));
        assertEquals("baton.yaml", receiver.config.getFileName().toString());
        assertEquals(known, receiver.tenants.known());
        assertEquals(new TenantPolicy(1, 512L << 20), receiver.tenants.others());

        assertEquals(ExitCode.DONE, run("tenants: c0ffee=2:4GiB,1e5=3"), err::toString);
        assertEquals(known, receiver.tenants.known());
        assertEquals(ExitCode.DONE, run("extent: 4MiB"), err::toString);
        assertEquals(TenantLimits.DEFAULT, receiver.tenants);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        tenants: [c0ffee=two]         | c0ffee=two
        tenants: [c0ffee]             | --tenants=c0ffee
        tenants: [c0ffee=0]           | weight
        tenants: [c0ffee=1, c0ffee=2] | named twice
        tenants: [xyz=1]              | xyz=1
        tenants: [1=1:4XB]            | 4XB
        tenants: [11112222333344445=1]| 11112222333344445=1
        tenants: {c0ffee: 2}          | tenants
        tenant-quota: much            | much
        tenant-quotas: 4GiB           | tenant-quotas
        """)
    void shouldNameTheValueThatMakesNoSense(String line, String named) throws IOException {
        assertEquals(ExitCode.USAGE, run(line), err::toString);

        assertTrue(err.toString().contains(named), err::toString);
    }

    private int run(String... lines) throws IOException {
        String file = Files.write(folder.resolve("baton.yaml"), List.of(lines)).toString();
        receiver = new Receiver();
        String[] args = {"--config", file};
        ErrorLine errors = new ErrorLine(() -> false);
        return new CommandLine(receiver).setErr(new PrintWriter(err)).setParameterExceptionHandler(errors)
            .setExecutionExceptionHandler(errors)
            .setDefaultValueProvider(new ConfigDefaults(List.of(args), Map.of())).execute(args);
    }
}
