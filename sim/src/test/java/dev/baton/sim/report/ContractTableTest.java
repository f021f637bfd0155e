package dev.baton.sim.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContractTableTest {
    private static final String SUREFIRE = """
        <testsuite name="x">
          <testcase name="shouldLandEveryByte()[1]" classname="dev.baton.transport.TransportContractTest" time="1">
            <system-out><![CDATA[scheme=tcp seed=3]]></system-out>
          </testcase>
          <testcase name="shouldLandEveryByte()[2]" classname="dev.baton.transport.TransportContractTest" time="1">
            <system-out><![CDATA[scheme=tcp encrypted seed=3]]></system-out>
            <failure type="x">org.opentest4j.AssertionFailedError: expected 1
              at nowhere</failure>
          </testcase>
          <testcase name="shouldRefuse()[1]" classname="dev.baton.transport.TransportContractTest" time="0">
            <skipped type="x"><![CDATA[org.opentest4j.TestAbortedException: Assumption failed: two-sided
              at nowhere]]></skipped>
          </testcase>
          <testcase name="shouldDoElse()" classname="dev.baton.transport.OtherTest" time="0"/>
        </testsuite>
        """;
    private static final String LAUNCHER = """
        <testsuite name="JUnit Jupiter">
        <testcase name="shouldLandEveryByte()[1]" classname="dev.baton.transport.TransportContractTest" time="35.595">
        <system-out><![CDATA[
        unique-id: [engine:junit-jupiter]/[class-template:x]/[class-template-invocation:#1]/[method:shouldLandEveryByte()]
        display-name: JUnit Jupiter > TransportContractTest > rdma > shouldLandEveryByte()
        ]]></system-out>
        </testcase>
        </testsuite>
        """;

    @TempDir
    private Path folder;

    private List<JUnitCase> read(String xml) throws IOException {
        return JUnitCase.read(Files.writeString(folder.resolve("report.xml"), xml), "ContractTest");
    }

    @Test
    void shouldReadWhatEachSchemeDid() throws IOException {
        assertEquals(List.of(
            new JUnitCase("TransportContractTest", "shouldLandEveryByte", "tcp", JUnitCase.Outcome.PASSED, ""),
            new JUnitCase("TransportContractTest", "shouldLandEveryByte", "tcp encrypted", JUnitCase.Outcome.FAILED, "expected 1"),
            new JUnitCase("TransportContractTest", "shouldRefuse", "tcp", JUnitCase.Outcome.SKIPPED, "two-sided")), read(SUREFIRE));
        assertEquals(List.of(new JUnitCase("TransportContractTest", "shouldLandEveryByte", "rdma", JUnitCase.Outcome.PASSED, "")),
            read(LAUNCHER));
    }

    @Test
    void shouldPutAllReportsIntoOneTable() throws IOException {
        ContractTable table = new ContractTable(List.of("shm", "rdma"));
        table.add(read(SUREFIRE));
        table.add(read(LAUNCHER));
        assertEquals("""
            | a lane | shm | rdma | tcp | tcp encrypted |
            |---|---|---|---|---|
            | land every byte |  | yes | yes | **FAILED** |
            | refuse |  |  | - [1] |  |

            [1] two-sided
            """, table.markdown());
        assertEquals(1, table.failureCount());
        assertEquals(List.of("shm"), table.schemesNotRun());
    }

    @Test
    void shouldRefuseWhatIsNoReport() {
        assertThrows(IOException.class, () -> read("<testsuite>"));
        assertThrows(IOException.class, () -> read("<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/hostname\">]><a>&b;</a>"));
    }
}
