package io.kubescaler.main.system;

import io.kubescaler.service.web.Refusal;
import java.util.List;

/** Who knows how the instances do. */
interface MetricsSource {

    /** As people call it. */
    String name();

    /**
     * All instances that should be there; one that does not answer is among them, with a problem.
     *
     * @throws Refusal with 503 if nobody knows
     */
    List<InstanceReport> ask();
}
