# Сводка: что случилось за период и что с этим делать

dash-title = Сводка
dash-period = Период
dash-today = Сегодня
dash-yesterday = Вчера
dash-7 = 7 дней
dash-30 = 30 дней
dash-90 = 90 дней
dash-from = С
dash-to = По
dash-show = Показать
dash-all-managers = Все менеджеры
dash-manager = Менеджер
dash-rubric = Критерии
dash-any-rubric = Последняя оценка
dash-export = Выгрузить

dash-calls = Звонков
dash-scored = оценено { $shown }
dash-average = Средний балл
dash-against = к { $range }
dash-no-before = раньше оценок не было
dash-few = мало данных
dash-weak = Слабых, ниже 40
dash-weak-share = { $share } от оценённых
dash-missed = Пропущено
dash-not-rung = не перезвонили: { $shown }
dash-all-rung = всем перезвонили
dash-promises-late = Звонков с просрочкой
dash-promises-zero = обещаний со сроком не было
dash-promises-of = из { $shown } с обещаниями
dash-spend = Расход
dash-per-call = { $money } за звонок
dash-spend-none = платных услуг не было

dash-hear = Послушать в первую очередь
dash-hear-go-weak = Слушать подряд слабые: { $shown }
dash-hear-go-doubtful = Слушать подряд спорные: { $shown }
dash-hear-none = Слушать срочно нечего: критичных нарушений и слабых звонков за период нет.
dash-why-critical = Критично: { $what }
dash-why-low = Низкий балл
dash-why-high = Высокий балл
dash-why-review = Требует проверки
dash-why-promise = Обещание просрочено
dash-why-no-quote = цитаты нет: не прозвучало
dash-no-phone = номер скрыт
dash-no-manager = менеджер не указан

dash-trend = Средний балл по дням
dash-trend-note = столбики — звонки
dash-trend-table = Таблицей
dash-trend-before = Пунктир и бледные столбики — дни до выбранного периода, для сравнения: { $days }.
dash-trend-click = Точка или столбик открывает звонки этого дня.
dash-trend-few = Мало данных: для графика нужно не меньше 5 оценённых звонков.
dash-day = День
dash-day-calls = Звонков
dash-day-scored = Оценено
dash-day-score = Средний балл
dash-day-spent = Сумма
dash-chart-day = { $day }
    { $score ->
        [none] оценок нет
       *[other] балл { $score }
    }, { $count ->
        [one] { $shown } звонок
        [few] { $shown } звонка
       *[many] { $shown } звонков
    }

dash-managers = Менеджеры
dash-managers-note = сначала слабые
dash-managers-all = { $count ->
    [one] Все { $shown } менеджер
    [few] Все { $shown } менеджера
   *[many] Все { $shown } менеджеров
}
dash-col-manager = Менеджер
dash-col-scored = Оценено
dash-col-score = Балл
dash-col-change = К прошлой
dash-col-weak = Ниже 40
dash-col-talk = Говорит сам
dash-col-not-rung = Не перезвонил
dash-everyone = Все
dash-managers-none = Менеджеров в звонках за период нет: источник их не назвал.

dash-criteria = Критерии
dash-criteria-note = доля набранных баллов
dash-col-criterion = Критерий
dash-col-earned = Набрано
dash-criteria-none = Оценок по критериям за период нет.

dash-heat = Звонки по часам
dash-heat-missed = Пропущенные по часам
dash-heat-score = Средний балл по часам
dash-heat-what = Что показать
dash-heat-calls-short = Звонки
dash-heat-missed-short = Пропущенные
dash-heat-score-short = Балл
dash-heat-caption = Дни недели и часы, пояс { $zone }. Цвет и число показывают одно и то же.
dash-heat-peak-missed = { $day }, { $hours }: пропущено { $shown } из { $all }.
dash-heat-none = За период нечего показать по часам.
dash-heat-cell = { $day }, { $hour }:00 — { $shown }

dash-objections = Возражения
dash-objections-note = и доля отработанных
dash-col-objection = Возражение
dash-col-objection-calls = Звонков
dash-col-handled = Отработано
dash-objections-none = Возражений за период не услышано.

dash-back = Пропущены и не перезвонили
dash-back-note = { $count ->
    [one] { $shown } клиент, сначала свежие
    [few] { $shown } клиента, сначала свежие
   *[many] { $shown } клиентов, сначала свежие
}
dash-back-all = Все { $shown }
dash-back-none = Всем пропущенным клиентам перезвонили.
dash-col-client = Клиент
dash-col-known = Что известно
dash-col-last = Последний звонок
dash-col-times = Звонил раз
dash-col-waits = Ждёт
dash-new-client = новый
dash-known-client = звонил раньше

dash-promises = Обещания клиентам
dash-promises-note = просроченные, затем те, чей срок впереди
dash-promises-none = Невыполненных обещаний нет.
dash-col-promise = Что обещали
dash-col-due = Срок
dash-promise-late = Просрочено
dash-money = Расход за период
dash-col-item = За что
dash-col-volume = Объём
dash-col-sum = Сумма
dash-item-speech = Речь в текст
dash-item-analysis = Разбор
dash-item-telephony = ИИ-звонки
dash-item-calls = { $count ->
    [one] { $shown } звонок
    [few] { $shown } звонка
   *[many] { $shown } звонков
}
dash-total = Итого
dash-money-today = Сегодня { $spent } из { $limit } на сутки
dash-money-none = За период ничего не потрачено: речь и разбор идут на этом компьютере.
dash-money-days = По дням

dash-empty-title = Звонков за период нет
dash-empty-text = Выберите другой период или добавьте записи.
dash-empty-newest = Показать последние звонки
dash-first-title = Звонков пока нет
dash-first-text = Покажите папку с записями, подключите телефонию или разберите один звонок прямо здесь.
dash-first-go = Разобрать звонок
dash-partial-title = { $count ->
    [one] Показаны не все: { $shown } звонок ещё в работе
    [few] Показаны не все: { $shown } звонка ещё в работе
   *[many] Показаны не все: { $shown } звонков ещё в работе
}
dash-partial-text = Баллы и обещания появятся, когда очередь дойдёт до этих звонков.
dash-partial-go = Показать эти звонки

dash-mon = Пн
dash-tue = Вт
dash-wed = Ср
dash-thu = Чт
dash-fri = Пт
dash-sat = Сб
dash-sun = Вс
dash-change-up = выросло на
dash-change-down = снизилось на
dash-dial = Позвонить { $phone }
dash-promises-late-calls = { $count ->
    [one] Просрочено в { $shown } звонке
   *[many] Просрочено в { $shown } звонках
}
