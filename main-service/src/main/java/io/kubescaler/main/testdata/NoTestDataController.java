package io.kubescaler.main.testdata;

import io.kubescaler.service.web.Refusal;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** Instead of {@link TestDataController}, if test data is switched off: rejects each call, whatever its body is. */
@RestController
@ConditionalOnBooleanProperty(name = TestDataController.SWITCH, havingValue = false)
class NoTestDataController {

    @RequestMapping(TestDataController.PATH)
    void reject() {
        throw Refusal.noTestData();
    }
}
