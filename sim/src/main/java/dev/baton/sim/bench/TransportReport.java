package dev.baton.sim.bench;

import dev.baton.sim.report.Human;
import dev.baton.sim.report.JsonReport;
import dev.baton.sim.report.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A transport bench's results for people and for programs. */
public final class TransportReport {
    private static final double P50 = 50;
    private static final double P99 = 99;

    private final List<GroupResult> results;

    public TransportReport(List<GroupResult> results) {
        this.results = results;
    }

    /** Two tables: what each way gave, and the ratios with their intervals. */
    public String tables() {
        Table rates = new Table("transport", "message", "window", "streams", "way", "GB/s median", "95 % low",
            "95 % high", "CPU s/GB", "p50 us", "p99 us");
        Table ratios = new Table("transport", "message", "window", "streams", "over", "ratio", "95 % low", "95 % high",
            "target", "met");
        for (GroupResult result : results) {
            Schedule.Group group = result.group();
            for (int i = 0; i < group.trials().size(); i++) {
                Trial trial = group.trials().get(i);
                MedianInterval rate = result.bytesPerSecond(i);
                rates.row(group.scheme(), Human.bytes(trial.sizeBytes()), trial.window(), trial.streams(),
                    trial.way().label(), fixed(rate.median() / 1e9), fixed(rate.low() / 1e9), fixed(rate.high() / 1e9),
                    fixed(result.cpuSecondsPerGb(i)), result.latencyNs(i, P50) / 1e3, result.latencyNs(i, P99) / 1e3);
            }
            for (Schedule.Ratio ratio : group.ratios()) {
                Trial trial = group.trials().get(ratio.numerator());
                MedianInterval interval = result.ratio(ratio);
                boolean hasTarget = !Double.isNaN(ratio.target());
                ratios.row(group.scheme(), Human.bytes(trial.sizeBytes()), trial.window(), trial.streams(),
                    group.trials().get(ratio.denominator()).way().label(), fixed(interval.median()),
                    fixed(interval.low()), fixed(interval.high()), hasTarget ? fixed(ratio.target()) : null,
                    hasTarget ? interval.median() >= ratio.target() ? "yes" : "no" : "");
            }
        }
        return rates + "\nbaton over its limits, each ratio within one round:\n\n" + ratios;
    }

    /** One object a group. */
    public List<JsonReport> json() {
        List<JsonReport> groups = new ArrayList<>();
        for (GroupResult result : results) {
            Schedule.Group group = result.group();
            List<JsonReport> trials = new ArrayList<>();
            for (int i = 0; i < group.trials().size(); i++) {
                Trial trial = group.trials().get(i);
                trials.add(new JsonReport()
                    .add("way", name(trial))
                    .add("sizeBytes", trial.sizeBytes())
                    .add("window", trial.window())
                    .add("streams", trial.streams())
                    .add("bytesPerSecond", json(result.bytesPerSecond(i)))
                    .add("cpuSecondsPerGb", result.cpuSecondsPerGb(i))
                    .add("latencyUs", new JsonReport()
                        .add("p50", result.latencyNs(i, P50) / 1e3).add("p99", result.latencyNs(i, P99) / 1e3)));
            }
            List<JsonReport> ratios = new ArrayList<>();
            for (Schedule.Ratio ratio : group.ratios()) {
                Trial trial = group.trials().get(ratio.numerator());
                MedianInterval interval = result.ratio(ratio);
                JsonReport json = json(interval)
                    .add("over", name(group.trials().get(ratio.denominator())))
                    .add("window", trial.window())
                    .add("pairs", interval.count())
                    .add("target", ratio.target());
                ratios.add(Double.isNaN(ratio.target()) ? json.addNull("isMet")
                    : json.add("isMet", interval.median() >= ratio.target()));
            }
            groups.add(new JsonReport()
                .add("transport", group.scheme())
                .add("sizeBytes", group.trials().getFirst().sizeBytes())
                .add("streams", group.trials().getFirst().streams())
                .add("trials", trials)
                .add("ratios", ratios));
        }
        return groups;
    }

    private static JsonReport json(MedianInterval interval) {
        return new JsonReport().add("median", interval.median()).add("low", interval.low()).add("high", interval.high())
            .add("coverage", interval.coverage());
    }

    private static String name(Trial trial) {
        return trial.way().name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static String fixed(double value) {
        return String.format(Locale.ROOT, value < 10 ? "%.3f" : "%.1f", value);
    }
}
