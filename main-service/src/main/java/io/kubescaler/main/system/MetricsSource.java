package io.kubescaler.main.system;

import io.kubescaler.service.web.Refusal;
import java.util.List;

/** A source of the instances' metrics. */
interface MetricsSource {

    /** Its name in the report. */
    String name();

    /**
     * Returns all expected instances, including those that do not answer, with a problem.
     *
     * @throws Refusal with 503 if the source does not answer
     */
    List<InstanceReport> ask();
}
