package dev.baton.transport.rdma;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.engine.JupiterTestEngine;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherConfig;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.reporting.legacy.xml.LegacyXmlReportGeneratingListener;

/**
 * Runs tests by JUnit's launcher: a folder for the report, then classes, or methods as {@code CLASS#METHOD}. In an emulated
 * machine JUnit's own console takes longer to read its words than the tests take to run. A line before and after each test
 * says where a run that does not end stands. Exit code 0 where something ran and nothing failed.
 */
final class VmTestsMain {
    private VmTestsMain() {}

    public static void main(String[] words) throws IOException {
        List<DiscoverySelector> selectors = new ArrayList<>();
        for (int i = 1; i < words.length; i++) {
            selectors.add(words[i].contains("#") ? selectMethod(words[i]) : selectClass(words[i]));
        }
        Path reports = Files.createDirectories(Path.of(words[0]));
        LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request().selectors(selectors).build();
        SummaryGeneratingListener summary = new SummaryGeneratingListener();
        PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
        // What JUnit would look for by itself, flight recording before all, takes seconds where nothing of it is wanted.
        LauncherConfig config = LauncherConfig.builder().enableTestEngineAutoRegistration(false).addTestEngines(new JupiterTestEngine())
            .enableLauncherSessionListenerAutoRegistration(false).enableLauncherDiscoveryListenerAutoRegistration(false)
            .enableTestExecutionListenerAutoRegistration(false).enablePostDiscoveryFilterAutoRegistration(false).build();
        LauncherFactory.create(config).execute(request, summary, new Progress(), new LegacyXmlReportGeneratingListener(reports, out));
        summary.getSummary().printFailuresTo(out, 12);
        out.printf(Locale.ROOT, "tests=%d succeeded=%d failed=%d skipped=%d%n", summary.getSummary().getTestsFoundCount(),
            summary.getSummary().getTestsSucceededCount(), summary.getSummary().getTotalFailureCount(),
            summary.getSummary().getTestsAbortedCount() + summary.getSummary().getTestsSkippedCount());
        // A thread that a failed test left behind must not keep the machine.
        System.exit(summary.getSummary().getTestsSucceededCount() > 0 && summary.getSummary().getTotalFailureCount() == 0 ? 0 : 1);
    }

    /** One line as a test begins, one as it ends. */
    private static final class Progress implements TestExecutionListener {
        private long startNs;

        @Override
        public void executionStarted(TestIdentifier test) {
            startNs = System.nanoTime();
            if (test.isTest()) {
                System.out.println("begins: " + name(test));
            }
        }

        @Override
        public void executionFinished(TestIdentifier test, TestExecutionResult result) {
            boolean isBad = result.getStatus() == TestExecutionResult.Status.FAILED;
            if (test.isTest() || isBad) {
                System.out.println(result.getStatus().name().toLowerCase(Locale.ROOT) + ": " + name(test) + " ms=" +
                    (System.nanoTime() - startNs) / 1_000_000 + (isBad ? " " + result.getThrowable().orElse(null) : ""));
            }
        }

        private static String name(TestIdentifier test) {
            String where = test.getSource().filter(MethodSource.class::isInstance).map(MethodSource.class::cast)
                .map(source -> source.getClassName() + "#" + source.getMethodName() + " ").orElse("");
            return where.substring(where.lastIndexOf('.') + 1) + test.getDisplayName();
        }
    }
}
