package io.kubescaler.stream;

import io.kubescaler.webflux.ProblemAdvice;
import org.springframework.web.bind.annotation.RestControllerAdvice;

@RestControllerAdvice
class ProblemAnswers extends ProblemAdvice {}
