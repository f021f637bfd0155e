package dev.baton.sim.report;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Which cases of the contract tests each transport passed, as a table in Markdown: a row a case, a column a scheme. */
public final class ContractTable {
    private static final String PASSED = "yes";
    private static final String FAILED = "**FAILED**";
    private static final String NOT_RUN = "";

    private final Set<String> schemes = new LinkedHashSet<>();
    private final Map<String, Map<String, String>> cellsByCase = new TreeMap<>();
    private final Map<String, Integer> noteByReason = new LinkedHashMap<>();
    private int failureCount;

    /**
     * An empty one.
     * @param columns schemes in order; others follow as they come
     */
    public ContractTable(List<String> columns) {
        schemes.addAll(columns);
    }

    /** Adds what one report says; of a case that is there already, a failure counts and otherwise what ran. */
    public void add(List<JUnitCase> cases) {
        for (JUnitCase each : cases) {
            schemes.add(each.variant());
            Map<String, String> cells = cellsByCase.computeIfAbsent(sentence(each.method()), _ -> new LinkedHashMap<>());
            String before = cells.getOrDefault(each.variant(), NOT_RUN);
            String now = switch (each.outcome()) {
                case PASSED -> PASSED;
                case FAILED -> FAILED;
                case SKIPPED -> "- [" + noteByReason.computeIfAbsent(each.detail(), _ -> noteByReason.size() + 1) + "]";
            };
            failureCount += each.outcome() == JUnitCase.Outcome.FAILED ? 1 : 0;
            if (!before.equals(FAILED) && (before.isEmpty() || !now.startsWith("-"))) {
                cells.put(each.variant(), now);
            }
        }
    }

    public int failureCount() {
        return failureCount;
    }

    public int caseCount() {
        return cellsByCase.size();
    }

    /** Schemes of which no case ran. */
    public List<String> schemesNotRun() {
        List<String> missing = new ArrayList<>();
        for (String scheme : schemes) {
            if (cellsByCase.values().stream().allMatch(cells -> cells.getOrDefault(scheme, NOT_RUN).isEmpty())) {
                missing.add(scheme);
            }
        }
        return missing;
    }

    /** The table, and below it why cases were left out. */
    public String markdown() {
        StringBuilder text = new StringBuilder("| a lane ");
        schemes.forEach(scheme -> text.append("| ").append(scheme).append(' '));
        text.append("|\n|---").append(String.join("", Collections.nCopies(schemes.size(), "|---"))).append("|\n");
        cellsByCase.forEach((name, cells) -> {
            text.append("| ").append(name).append(' ');
            schemes.forEach(scheme -> text.append("| ").append(cells.getOrDefault(scheme, NOT_RUN)).append(' '));
            text.append("|\n");
        });
        text.append('\n');
        noteByReason.forEach((reason, number) -> text.append('[').append(number).append("] ").append(reason).append('\n'));
        return text.toString();
    }

    /** {@code shouldLandEveryByte} as words, without the first. */
    static String sentence(String method) {
        return method.replaceFirst("^should", "").replaceAll("([A-Z])", " $1").strip().toLowerCase(Locale.ROOT);
    }
}
